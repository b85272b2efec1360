import { X509Certificate } from "node:crypto";
import { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { AcmeError, type CaSettings } from "../../core/ca/certificate-authority";
import { createKeyAndCsr } from "../../core/certificate/csr";
import { FakeCa, type Fault, type Resource } from "../../testing/fake-ca";

/** The ACME client against a CA that misbehaves in ways Pebble cannot. */
describe("the ACME client", () => {
  let fake: FakeCa;
  let accountKey: string;
  const clients: AcmeCertificateAuthority[] = [];

  beforeAll(async () => {
    accountKey = (await createKeyAndCsr([], "ecdsa-p256")).key;
  });
  beforeEach(async () => {
    fake = await FakeCa.start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await fake.stop();
  });

  function client(settings: Partial<CaSettings> = {}, options: object = {}): AcmeCertificateAuthority {
    const ca = new AcmeCertificateAuthority(
      { name: "fake", directory: fake.directory, caaIdentities: [], ...settings },
      { accountKey, trust: fake.trust, timeoutMs: 2_000, ...options },
    );
    clients.push(ca);
    return ca;
  }

  async function issue(ca: AcmeCertificateAuthority, names: string[], replaces?: string): Promise<string> {
    const order = await ca.newOrder(names, { replaces });
    for (const url of order.authorizations) {
      const { http01 } = await ca.authorization(url);
      if (http01) await ca.accept(http01.url);
    }
    const { csr } = await createKeyAndCsr(names, "ecdsa-p256");
    return ca.download(await ca.finalize(await ca.order(order.url), csr));
  }

  async function failure(promise: Promise<unknown>): Promise<AcmeError> {
    const error = await promise.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(AcmeError);
    return error;
  }

  it("gets a chain whose leaf carries the names", async () => {
    const chain = await issue(client(), ["a.example", "b.example"]);
    expect(new X509Certificate(chain).subjectAltName).toBe("DNS:a.example, DNS:b.example");
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it("needs one new nonce and one account for many certificates, and few connections", async () => {
    const ca = client();
    await issue(ca, ["first.example"]);
    await Promise.all(Array.from({ length: 20 }, (_, n) => issue(ca, [`t${n}.example`])));
    expect(fake.requests.filter((request) => request === "POST newAccount")).toHaveLength(1);
    expect(fake.requests.filter((request) => request === "HEAD newNonce").length).toBeLessThan(20);
    expect(fake.connections).toBeLessThanOrEqual(32 + 20);
    expect(fake.orders).toHaveLength(21);
  });

  describe("keeps what a refusal says", () => {
    it.each<[string, Fault, Partial<AcmeError["problem"]>, number | undefined]>([
      [
        "429 with Retry-After in seconds",
        { ...FakeCa.problem("rateLimited", "too many new orders", 429), headers: { "retry-after": "7200" } },
        { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many new orders", status: 429 },
        7_200_000,
      ],
      [
        "CAA forbidding",
        FakeCa.problem("caa", "CAA record for a.example prevents issuance", 403),
        { type: "urn:ietf:params:acme:error:caa", detail: "CAA record for a.example prevents issuance", status: 403 },
        undefined,
      ],
      [
        "a paused name with the link that ends the pause",
        FakeCa.problem("rateLimited", "paused, visit https://ca.example/unpause?x=1", 429),
        { detail: "paused, visit https://ca.example/unpause?x=1" },
        undefined,
      ],
      [
        "subproblems with their names",
        FakeCa.problem("compound", "two names failed", 403, {
          subproblems: [
            { type: "urn:ietf:params:acme:error:caa", detail: "no", identifier: { type: "dns", value: "a.example" } },
          ],
        }),
        { subproblems: [{ type: "urn:ietf:params:acme:error:caa", detail: "no", name: "a.example" }] },
        undefined,
      ],
      [
        "503 in HTML with Retry-After",
        {
          status: 503,
          body: "<h1>Service Unavailable</h1>",
          headers: { "content-type": "text/html", "retry-after": "60" },
        },
        { type: "certfront:unreachable", status: 503 },
        60_000,
      ],
      ["500 without a reason", { status: 500, body: "" }, { type: "certfront:unreachable", status: 500 }, undefined],
      ["404 without a reason", { status: 404, body: {} }, { type: "certfront:malformed", status: 404 }, undefined],
    ])("%s", async (_what, fault, problem, retryAfterMs) => {
      fake.fail("newOrder", fault);
      const started = fake.requests.length;
      const error = await failure(client().newOrder(["a.example"], {}));
      expect(error.problem).toMatchObject(problem);
      expect(error.retryAfterMs).toBe(retryAfterMs);
      expect(fake.requests.slice(started).filter((request) => request === "POST newOrder")).toHaveLength(1);
    });

    it("Retry-After as a date, and never a negative time", async () => {
      const ca = client();
      const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
      fake.fail("newOrder", { ...FakeCa.problem("rateLimited", "", 429), headers: { "retry-after": inAnHour } });
      const { retryAfterMs = 0 } = await failure(ca.newOrder(["a.example"], {}));
      expect(Math.abs(retryAfterMs - 3_600_000)).toBeLessThan(60_000);
      fake.fail("newOrder", {
        ...FakeCa.problem("rateLimited", "", 429),
        headers: { "retry-after": new Date(0).toUTCString() },
      });
      expect((await failure(ca.newOrder(["a.example"], {}))).retryAfterMs).toBe(0);
    });
  });

  describe("calls malformed", () => {
    it.each<[string, Resource, Fault]>([
      ["JSON that is cut", "newOrder", { body: '{"status": "pend' }],
      ["a directory that is a list", "directory", { body: [] }],
      ["a directory in HTML", "directory", { body: "<html>", headers: { "content-type": "text/html" } }],
      ["a redirect", "directory", { status: 302, body: "", headers: { location: "https://localhost/" } }],
      ["an unknown status", "newOrder", { change: (order) => ({ ...order, status: "excellent" }) }],
      ["an order without authorizations", "newOrder", { change: ({ authorizations, ...order }) => order }],
      [
        "a token that is a path",
        "authorization",
        { change: (a) => JSON.parse(JSON.stringify(a).replace(/fake-ca-token-\d+-x*/, "../../../etc/passwd")) },
      ],
      ["an answer beyond every size", "newOrder", { body: "x".repeat(300 * 1024) }],
      ["a certificate that is none", "certificate", { body: "hello" }],
      [
        "a renewal window that ends before it starts",
        "renewalInfo",
        { body: { suggestedWindow: { start: "2026-12-02T00:00:00Z", end: "2026-12-01T00:00:00Z" } } },
      ],
      ["a renewal window without dates", "renewalInfo", { body: { suggestedWindow: { start: "soon", end: "later" } } }],
    ])("%s", async (_what, resource, fault) => {
      const ca = client();
      fake.fail(resource, fault);
      const error = await failure(issue(ca, ["a.example"]).then((chain) => ca.renewalInfo(chain)));
      expect(error.problem.type).toBe("certfront:malformed");
      // The fault was the reason: without it, the same goes through.
      await issue(ca, ["a.example"]).then((chain) => ca.renewalInfo(chain));
    });

    it.each<[string, Resource, (answer: Record<string, unknown>) => unknown]>([
      ["newOrder", "directory", (directory) => ({ ...directory, newOrder: "https://evil.example/new-order" })],
      ["an authorization", "newOrder", (order) => ({ ...order, authorizations: ["https://evil.example/authz"] })],
      [
        "finalize over plain HTTP",
        "order",
        (order) => ({ ...order, finalize: String(order.finalize).replace("https", "http") }),
      ],
      [
        "the certificate on another port",
        "finalize",
        (order) => ({ ...order, certificate: "https://localhost:1/certificate/0" }),
      ],
      ["an URL that is none", "newOrder", (order) => ({ ...order, authorizations: ["169.254.169.254"] })],
      [
        "another host in the user part",
        "newOrder",
        (order) => ({ ...order, authorizations: [`${fake.origin}@evil.example/`] }),
      ],
    ])("%s at another place than the directory's host, and does not go there", async (_what, resource, change) => {
      fake.fail(resource, { change, times: 9 });
      const error = await failure(issue(client(), ["a.example"]));
      expect(error.problem.type).toBe("certfront:malformed");
      expect(error.problem.detail).toContain(`not on ${new URL(fake.directory).host}`);
    });
  });

  describe("calls unreachable", () => {
    it("a CA that cuts the connection, and asks it only once", async () => {
      const ca = client();
      await ca.accountUrl();
      fake.fail("newOrder", { connection: "reset" });
      const error = await failure(ca.newOrder(["a.example"], {}));
      expect(error.problem.type).toBe("certfront:unreachable");
      expect(fake.requests.filter((request) => request === "POST newOrder")).toHaveLength(1);
    });

    it("a CA that never answers, within the time limit", async () => {
      fake.fail("newOrder", { connection: "hang" });
      const error = await failure(client({}, { timeoutMs: 300 }).newOrder(["a.example"], {}));
      expect(error.problem).toMatchObject({
        type: "certfront:unreachable",
        detail: expect.stringContaining("within 0.3 s"),
      });
    });

    it("a CA whose server is down, by the reason that the system gives", async () => {
      const { directory } = fake;
      await fake.stop();
      const error = await failure(client({ directory }).accountUrl());
      expect(error.problem).toMatchObject({
        type: "certfront:unreachable",
        detail: expect.stringContaining("ECONNREFUSED"),
      });
      fake = await FakeCa.start();
    });

    it("a server whose certificate nobody trusts", async () => {
      const error = await failure(client({}, { trust: undefined }).accountUrl());
      expect(error.problem.type).toBe("certfront:unreachable");
      expect(fake.requests).toEqual([]);
    });
  });

  it("tries again after the directory failed once, without a new client", async () => {
    const ca = client();
    fake.fail("directory", { status: 503, body: "" });
    await failure(ca.newOrder(["a.example"], {}));
    expect((await ca.newOrder(["a.example"], {})).status).toBe("pending");
  });

  it("takes a refused nonce in its stride, ten times over", async () => {
    const ca = client();
    await ca.accountUrl();
    fake.fail("newOrder", { ...FakeCa.problem("badNonce", "JWS has an invalid anti-replay nonce", 400), times: 10 });
    expect((await ca.newOrder(["a.example"], {})).status).toBe("pending");
  });

  it("makes the account anew where the CA does not know the remembered one, once for all who wait", async () => {
    const gone = FakeCa.problem("accountDoesNotExist", "no such account", 400);
    const ca = client({}, { accountUrl: `${fake.origin}/account/old` });
    fake.fail("newOrder", { ...gone, times: 3 });
    await Promise.all(["a.example", "b.example", "c.example"].map((name) => ca.newOrder([name], {})));
    expect(await ca.accountUrl()).toBe(`${fake.origin}/account/1`);
    expect(fake.requests.filter((request) => request === "POST newAccount")).toHaveLength(1);
    fake.fail("newOrder", { ...gone, times: 2 });
    expect((await failure(ca.newOrder(["d.example"], {}))).problem.type).toMatch(/accountDoesNotExist$/);
  });

  it("agrees to the terms and names the contact", async () => {
    await client({}, { contact: "ops@a.example" }).accountUrl();
    expect(fake.payloads.find(({ resource }) => resource === "newAccount")?.payload).toEqual({
      termsOfServiceAgreed: true,
      contact: ["mailto:ops@a.example"],
    });
  });

  it("asks for a profile only where the directory lists it", async () => {
    await client({ profile: "classic" }).newOrder(["a.example"], {});
    await client({ profile: "tlsserver" }).newOrder(["a.example"], {});
    expect(fake.orders.map(({ profile }) => profile)).toEqual(["classic", undefined]);
  });

  it("says what an order replaces only where the CA has ARI, and not where it was replaced before", async () => {
    const replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
    const ca = client();
    await ca.newOrder(["a.example"], { replaces });
    fake.fail("newOrder", FakeCa.problem("conflict", "already replaced", 409));
    await ca.newOrder(["a.example"], { replaces });
    fake.fail("newOrder", FakeCa.problem("serverInternal", "could not find an order for the given certificate", 500));
    await ca.newOrder(["a.example"], { replaces });
    fake.fail("newOrder", FakeCa.problem("rateLimited", "not now", 429));
    await failure(ca.newOrder(["a.example"], { replaces }));
    fake.fail("directory", { change: ({ renewalInfo, ...directory }) => directory });
    const withoutAri = client();
    await withoutAri.newOrder(["a.example"], { replaces });
    const sent = fake.payloads.filter(({ resource }) => resource === "newOrder").map(({ payload }) => payload.replaces);
    expect(sent).toEqual([replaces, replaces, undefined, replaces, undefined, replaces, undefined]);
    expect(await withoutAri.renewalInfo(await issue(withoutAri, ["a.example"]))).toBeUndefined();
  });

  it.each([
    ["1", 60_000],
    ["99999999", 86_400_000],
    ["nonsense", 6 * 3_600_000],
    [undefined, 6 * 3_600_000],
  ])("counts ARI's Retry-After of %s from a minute to a day", async (header, expected) => {
    const ca = client();
    const chain = await issue(ca, ["a.example"]);
    fake.fail("renewalInfo", header === undefined ? {} : { headers: { "retry-after": header } });
    expect((await ca.renewalInfo(chain))?.retryAfterMs).toBe(expected);
  });
});
