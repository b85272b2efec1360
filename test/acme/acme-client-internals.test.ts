import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import AcmeApi from "acme-client/src/api";
import HttpClient, { type HttpAnswer } from "acme-client/src/http";

/** What acme/acme-client-internals.d.ts says of the package, seen in the package. */
describe("acme-client's inner classes", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  class Recording extends HttpClient {
    readonly sent: { url: string; method: string; data: Record<string, string> }[] = [];
    answers: HttpAnswer[] = [];
    override async request(url: string, method: string, { data }: { data?: unknown } = {}): Promise<HttpAnswer> {
      this.sent.push({ url, method, data: data as Record<string, string> });
      return this.answers.shift() ?? { status: 200, headers: {}, data: {} };
    }
    override async getNonce(): Promise<string> {
      return "nonce-1";
    }
    override async getDirectory(): Promise<Record<string, unknown>> {
      return { newOrder: "https://ca.example/new-order", newAccount: "https://ca.example/new-account" };
    }
  }
  const client = () => new Recording("https://ca.example/dir", privateKey, { kid: "eab-1", hmacKey: "c2VjcmV0" });
  const decoded = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());

  it("are those of version 5.4.0, which is pinned", () => {
    expect(require("acme-client/package.json").version).toBe("5.4.0");
  });

  it("sign for a new key of the account, which stands in the signature itself", () => {
    const http = client();
    const { protected: header, payload } = http.createSignedBody("https://ca.example/key-change", {
      oldKey: 1,
    }) as Record<string, string>;
    expect(decoded(header)).toEqual({ alg: "ES256", url: "https://ca.example/key-change", jwk: http.getJwk() });
    expect(decoded(payload)).toEqual({ oldKey: 1 });
    const { d: _secret, ...half } = publicKey.export({ format: "jwk" });
    expect(http.getJwk()).toEqual(expect.objectContaining({ crv: half.crv, x: half.x, y: half.y }));
    expect(JSON.stringify(http.getJwk())).not.toContain('"d"');
  });

  it("sign with a KeyObject, the account's URL as kid, and extra members of the payload kept", async () => {
    const http = client();
    await http.signedRequest("https://ca.example/new-order", { profile: "p" }, { kid: "https://ca.example/acct/1" });
    const { protected: header = "", payload = "", signature = "" } = http.sent[0]?.data ?? {};
    expect(decoded(header)).toEqual({
      alg: "ES256",
      url: "https://ca.example/new-order",
      nonce: "nonce-1",
      kid: "https://ca.example/acct/1",
    });
    expect(decoded(payload)).toEqual({ profile: "p" });
    const key = {
      key: createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
      dsaEncoding: "ieee-p1363",
    } as const;
    expect(verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"))).toBe(true);
  });

  it.each([
    ["five", undefined],
    ["as many as set", 3],
  ])("repeat a request with the nonce of a badNonce answer, %s times at most", async (_many, set) => {
    const http = client();
    if (set !== undefined) http.maxBadNonceRetries = set;
    const bad = (n: number) => ({
      status: 400,
      headers: { "replay-nonce": `fresh-${n}` },
      data: { type: "urn:ietf:params:acme:error:badNonce" },
    });
    http.answers = [1, 2, 3, 4, 5, 6, 7].map(bad);
    const answer = await http.signedRequest("https://ca.example/x", null, { kid: "k" });
    expect(answer.status).toBe(400);
    const fresh = ["fresh-1", "fresh-2", "fresh-3", "fresh-4", "fresh-5"];
    expect(http.sent.map(({ data }) => decoded(data.protected).nonce)).toEqual(["nonce-1", ...fresh.slice(0, set)]);
  });

  it("bind an external account to a new account, in what is sent for it", async () => {
    const http = client();
    const url = "https://ca.example/new-account";
    await http.signedRequest(url, { termsOfServiceAgreed: true }, { includeExternalAccountBinding: true });
    const { externalAccountBinding } = decoded(http.sent[0]?.data.payload);
    expect(decoded(externalAccountBinding.protected)).toEqual({ alg: "HS256", kid: "eab-1", url });
  });

  it("make every call in the name of whoever overrides their one request", async () => {
    const asked: unknown[] = [];
    class Own extends AcmeApi {
      override async apiRequest(url: string, payload: object | null, expected: number[]): Promise<HttpAnswer> {
        asked.push([url, payload, expected]);
        return { status: 200, headers: {}, data: {} };
      }
    }
    const api = new Own(client());
    await api.createOrder({ identifiers: [] });
    await api.getOrder("https://ca.example/order/1");
    await api.completeChallenge("https://ca.example/challenge/1", {});
    expect(asked).toEqual([
      ["https://ca.example/new-order", { identifiers: [] }, [201]],
      ["https://ca.example/order/1", null, [200]],
      ["https://ca.example/challenge/1", {}, [200]],
    ]);
  });
});
