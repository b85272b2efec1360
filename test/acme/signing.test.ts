import { generateKeyPairSync } from "node:crypto";
import type { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { type Answer, type Asked, ScriptedHost } from "../../testing/scripted-host";

const BAD_NONCE: Answer = {
  status: 400,
  body: { type: "urn:ietf:params:acme:error:badNonce", detail: "JWS has an invalid anti-replay nonce" },
};

/** RFC 8555 §6.2 and §6.5. */
describe("a signed request", () => {
  let host: ScriptedHost;
  beforeAll(async () => {
    host = await ScriptedHost.start();
  });
  afterAll(() => host.stop());

  const client = () => host.client({ accountUrl: `${host.origin}/account/1` });
  const accept = (ca: AcmeCertificateAuthority) => ca.accept(`${host.origin}/challenge`);
  const nonces = () => host.askedAt("/challenge").map(({ header }) => header.nonce);
  const newNonces = () => host.askedAt("/new-nonce").length;

  it("carries the account, the place it goes to, and a nonce", async () => {
    host.script({ "/challenge": {} });
    await accept(client());
    expect(host.askedAt("/challenge")).toMatchObject([
      {
        method: "POST",
        header: {
          alg: "ES256",
          kid: `${host.origin}/account/1`,
          url: `${host.origin}/challenge`,
          nonce: expect.stringMatching(/^nonce-\d$/),
        },
      },
    ]);
  });

  it("can be signed with an RSA key", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const accountKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    host.script({ "/challenge": {} });
    await accept(host.client({ accountUrl: `${host.origin}/account/1`, accountKey }));
    expect(host.askedAt("/challenge")[0]?.header.alg).toBe("RS256");
  });

  it("takes the nonce of the answer before; only for the first one is asked", async () => {
    host.script({ "/challenge": {} });
    const ca = client();
    for (let n = 0; n < 10; n++) await accept(ca);
    expect(new Set(nonces()).size).toBe(10);
    expect(newNonces()).toBe(1);
  });

  it("takes no nonce that was taken: neither what was asked for, nor what came with a refusal", async () => {
    let refused = false;
    const once = (): Answer => {
      const answer = refused ? {} : BAD_NONCE;
      refused = true;
      return answer;
    };
    host.script({ "/challenge": once });
    const ca = client();
    await accept(ca);
    await Promise.all([1, 2, 3, 4, 5].map(() => accept(ca)));
    expect(nonces()).toHaveLength(7);
    expect(new Set(nonces()).size).toBe(7);
  });

  it("whose nonce is refused is sent again, ten times; then the refusal is told", async () => {
    host.script({ "/challenge": BAD_NONCE });
    await expect(accept(client())).rejects.toMatchObject({
      problem: { type: "urn:ietf:params:acme:error:badNonce", detail: "JWS has an invalid anti-replay nonce" },
    });
    expect(new Set(nonces()).size).toBe(11);
    expect(nonces()).toHaveLength(11);
  });

  it("is sent once where it is refused for any other reason, or where no answer comes that is one", async () => {
    const of = async (answer: Answer | ((asked: Asked) => Answer)) => {
      host.script({ "/challenge": answer });
      await expect(accept(client())).rejects.toThrow("The CA some-ca");
      return nonces().length;
    };
    expect(await of({ status: 400, body: {} })).toBe(1);
    expect(await of({ status: 200, body: "{" })).toBe(1);
    expect(await of({ status: 500, body: "" })).toBe(1);
  });

  it("tells, where it is refused, when to come back", async () => {
    const type = "urn:ietf:params:acme:error:rateLimited";
    host.script({ "/challenge": { status: 429, body: { type, detail: "later" }, headers: { "retry-after": "7" } } });
    await expect(accept(client())).rejects.toMatchObject({ problem: { type, status: 429 }, retryAfterMs: 7_000 });
  });
});
