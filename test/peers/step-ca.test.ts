import { X509Certificate } from "node:crypto";
import { HOUR } from "../../core/base/clock";
import { leafOf } from "../../core/certificate/facts";
import { revoke } from "../../core/issue/operations";
import type { TenantRecord } from "../../core/record/record";
import type { KeyType } from "../../core/tenant/tenant";
import { type StepCa, startStepCa } from "../../proof/peers/step-ca";
import { stumbling } from "../../proof/peers/stumbling";
import { goProgram } from "../../proof/tools/go";
import { AcmeStage } from "../../testing/acme-stage";
import { describeWith } from "../../testing/left-out";

const DOMAIN = "www.a.example";
const QUARTER = 90 * 24;
const DAY_LONG = 24;

const built = goProgram("step-ca");

describeWith(built, "issuing from step-ca, Smallstep's ACME server", () => {
  let stage: AcmeStage;
  let server: StepCa;
  beforeEach(async () => {
    stage = await AcmeStage.start();
    server = await startStepCa("program" in built ? built.program : "", {
      dnsServer: stage.dns.server,
      httpPort: stage.challenges.port,
      hours: [QUARTER, DAY_LONG],
    });
  });
  afterEach(async () => {
    await stage.stop();
    await server.stop();
  });

  const useCa = (hours: number) => stage.addCa({ directory: server.directory(hours), trust: server.trust });

  async function issued(): Promise<TenantRecord> {
    await stage.turn([DOMAIN]);
    const record = await stage.record(DOMAIN);
    expect({ state: record.state, errors: stage.errors }).toEqual({ state: "active", errors: [] });
    return record;
  }

  /** The certificate that fronts serve, leaf first. */
  async function served(): Promise<X509Certificate[]> {
    const chain = (await stage.store.frontItem(DOMAIN))?.certificate?.chain ?? "";
    return chain.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
  }

  it.each<[string, number, KeyType, "ec" | "rsa"]>([
    ["of 90 days", QUARTER, "ecdsa-p256", "ec"],
    ["of 24 hours", DAY_LONG, "ecdsa-p256", "ec"],
    ["with an RSA key", QUARTER, "rsa-2048", "rsa"],
  ])("issues a certificate %s, with its alias and a chain to the CA's root", async (_, hours, keyType, kind) => {
    useCa(hours);
    await stage.addTenant(DOMAIN, { aliases: ["a.example"], keyType });
    const { certificate } = await issued();

    const [leaf, intermediate] = await served();
    expect([...(certificate?.names ?? [])].sort()).toEqual(["a.example", DOMAIN]);
    expect(leaf?.subjectAltName?.split(", ").sort()).toEqual(["DNS:a.example", `DNS:${DOMAIN}`]);
    expect(leaf?.publicKey.asymmetricKeyType).toBe(kind);
    expect(((certificate?.notAfter ?? 0) - (certificate?.notBefore ?? 0)) / HOUR).toBeCloseTo(hours, 1);
    const root = new X509Certificate(server.trust);
    expect(intermediate && leaf?.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate?.verify(root.publicKey)).toBe(true);
  });

  it.each([
    [QUARTER, 2 / 3],
    [DAY_LONG, 1 / 2],
  ])("renews a certificate of %i hours at its time, though the CA has no ARI", async (hours, share) => {
    useCa(hours);
    await stage.addTenant(DOMAIN);
    const first = await issued();
    const { notBefore = 0, notAfter = 0 } = first.certificate ?? {};
    let record = first;
    for (let turns = 0; turns < 400 && record.certificate?.serial === first.certificate?.serial; turns++) {
      record = await stage.nextTurn(DOMAIN);
    }
    expect((stage.clock.now() - notBefore) / (notAfter - notBefore)).toBeCloseTo(share, 1);
    expect(record.state).toBe("active");
    expect(record.certificate?.serial).not.toBe(first.certificate?.serial);
    expect(stage.errors).toEqual([]);
  });

  it("has a revoked certificate replaced at once, and is told of no second revocation", async () => {
    const ca = useCa(QUARTER);
    await stage.addTenant(DOMAIN);
    const first = await issued();
    const [leaf] = await served();
    await revoke(DOMAIN, "superseded", stage.ports());
    const second = await stage.nextTurn(DOMAIN);
    expect(second.certificate?.serial).not.toBe(first.certificate?.serial);
    await expect(ca.revoke(leafOf(leaf?.toString() ?? ""), 4)).rejects.toThrow(/revoked/i);
  });

  it.each(["/order/", "/authz/", "/challenge/", "/finalize", "/certificate/", "/new-order"])(
    "goes on after a 500 at %s, without a pause for the tenant or the CA",
    async (place) => {
      const relay = await stumbling(server.directory(QUARTER), server.trust);
      stage.addCa(relay);
      await stage.addTenant(DOMAIN);
      relay.stumble(place, 1);
      const record = await issued();
      expect(relay.stumbles).toBe(1);
      expect(record.failures).toBe(0);
      await relay.close();
    },
  );

  it("issues for twenty tenants at once, whatever its own races make of that", async () => {
    useCa(QUARTER);
    const domains = Array.from({ length: 20 }, (_, at) => `tenant-${at}.a.example`);
    for (const domain of domains) await stage.addTenant(domain);
    await stage.turn(domains);
    const states = await Promise.all(domains.map(async (domain) => (await stage.record(domain)).state));
    expect(states).toEqual(domains.map(() => "active"));
  });
});
