import { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { AcmeError, type CaSettings } from "../../core/ca/certificate-authority";
import { createKeyAndCsr } from "../../core/certificate/csr";
import { type LocalDns, startDns } from "../../local/process/parts/dns";
import { type Pebble, startPebble } from "../../local/process/parts/pebble";

/** What an account does at Pebble before any tenant is thought of. */
describe("an account at Pebble", () => {
  const hmacKey = Buffer.alloc(32, 7).toString("base64url");
  let dns: LocalDns;
  let pebble: Pebble;
  beforeAll(async () => {
    dns = await startDns();
    pebble = await startPebble({
      version: "sid",
      dnsServer: dns.server,
      httpPort: 1,
      eab: { "kid-1": hmacKey },
      profiles: { classic: 7_776_000, shortlived: 576_000 },
    });
  });
  afterAll(async () => {
    await pebble.stop();
    await dns.stop();
  });
  const clients: AcmeCertificateAuthority[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  async function account(settings: Partial<CaSettings> = {}, options: object = {}): Promise<AcmeCertificateAuthority> {
    const { key } = await createKeyAndCsr([], "ecdsa-p256");
    const ca = new AcmeCertificateAuthority(
      {
        name: "pebble",
        directory: pebble.directory,
        caaIdentities: [],
        eab: { kid: "kid-1", hmacKeyParameter: "/p" },
        ...settings,
      },
      { accountKey: key, trust: pebble.trust, eabHmacKey: hmacKey, contact: "ops@a.example", ...options },
    );
    clients.push(ca);
    return ca;
  }

  it("is bound to the external account, and the same one for the same key", async () => {
    const { key: accountKey } = await createKeyAndCsr([], "ecdsa-p256");
    const first = await (await account({}, { accountKey })).accountUrl();
    expect(await (await account({}, { accountKey })).accountUrl()).toBe(first);
    expect(await (await account()).accountUrl()).not.toBe(first);
  });

  it("goes over to a new key, as the same account, without a new binding; the former key has none any more", async () => {
    const [former, next] = [await createKeyAndCsr([], "ecdsa-p256"), await createKeyAndCsr([], "ecdsa-p256")];
    const before = await (await account({}, { accountKey: former.key })).accountUrl();
    const taken = { accountKey: next.key, formerKey: former.key, eabHmacKey: undefined };
    expect(await (await account({}, taken)).accountUrl()).toBe(before);
    // Another process of the issuer comes later, or was as quick.
    expect(await (await account({}, taken)).accountUrl()).toBe(before);
    expect(await (await account({}, { accountKey: former.key })).accountUrl()).not.toBe(before);
  });

  it("is a new one where the former key never had any", async () => {
    const [former, next] = [await createKeyAndCsr([], "ecdsa-p256"), await createKeyAndCsr([], "ecdsa-p256")];
    const url = await (await account({}, { accountKey: next.key, formerKey: former.key })).accountUrl();
    expect(await (await account({}, { accountKey: next.key })).accountUrl()).toBe(url);
  });

  it("is refused without the binding, and with a wrong key for it", async () => {
    const other = Buffer.alloc(32, 8).toString("base64url");
    for (const options of [{ eabHmacKey: undefined }, { eabHmacKey: other }]) {
      const error = await (await account({}, options)).accountUrl().catch((reason) => reason);
      expect(error).toBeInstanceOf(AcmeError);
      expect(error.problem.status).toBeGreaterThanOrEqual(400);
    }
  });

  it("made with an RSA key works as well", async () => {
    const { key: accountKey } = await createKeyAndCsr([], "rsa-2048");
    const ca = await account({}, { accountKey });
    expect((await ca.newOrder(["a.example"], {})).status).toBe("pending");
  });

  it("finds its own unfinished order by its names, newest first, over several pages of the list", async () => {
    const ca = await account();
    for (let n = 0; n < 7; n++) await ca.newOrder([`t${n}.example`], {});
    const wanted = await ca.newOrder(["b.example", "a.example"], {});
    for (let n = 7; n < 12; n++) await ca.newOrder([`t${n}.example`], {});
    expect((await ca.findOrder(["a.example", "b.example"]))?.url).toBe(wanted.url);
    expect(await ca.findOrder(["a.example"])).toBeUndefined();
    expect(await (await account()).findOrder(["a.example", "b.example"])).toBeUndefined();
  });

  it("is told of an unknown profile only by never asking for it", async () => {
    const ca = await account({ profile: "of-another-ca" });
    expect((await ca.newOrder(["a.example"], {})).status).toBe("pending");
  });
});
