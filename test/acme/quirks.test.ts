import { X509Certificate } from "node:crypto";
import { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { AcmeError } from "../../core/ca/certificate-authority";
import { isNotReady } from "../../core/ca/reasons";
import { createKeyAndCsr } from "../../core/certificate/csr";
import { FakeCa, type Fault, type Resource } from "../../testing/fake-ca";

type Answer = Record<string, unknown>;

/** What CAs do within the letter of RFC 8555, or a little beside it: each ends in a certificate, or in a problem of that order alone. */
describe("a CA's quirks on the wire", () => {
  let fake: FakeCa;
  let ca: AcmeCertificateAuthority;

  beforeEach(async () => {
    fake = await FakeCa.start();
    const { key: accountKey } = await createKeyAndCsr([], "ecdsa-p256");
    const settings = { name: "fake", directory: fake.directory, caaIdentities: [] };
    ca = new AcmeCertificateAuthority(settings, { accountKey, trust: fake.trust, timeoutMs: 2_000 });
  });
  afterEach(async () => {
    ca.close();
    await fake.stop();
  });

  async function issue(names: readonly string[]): Promise<string> {
    const order = await ca.newOrder(names, { replaces: undefined });
    for (const url of order.authorizations) {
      const { http01 } = await ca.authorization(url);
      if (http01) await ca.accept(http01.url);
    }
    const { csr } = await createKeyAndCsr(names, "ecdsa-p256");
    return ca.download(await ca.finalize(await ca.order(order.url), csr));
  }

  const relative = (url: unknown): string => new URL(String(url)).pathname;
  const changed = (change: (answer: Answer) => Answer): Fault => ({ change, times: 9 });
  const withPaths = changed((order) => ({
    ...order,
    authorizations: (order.authorizations as string[]).map(relative),
    finalize: relative(order.finalize),
    ...(order.certificate !== undefined && { certificate: relative(order.certificate) }),
  }));
  const noExpiry = changed((order) => ({ ...order, expires: null }));
  const noCertificate = changed((order) => ({ certificate: null, ...order }));

  it.each<[string, readonly Resource[], Fault]>([
    ["relative URLs in orders", ["newOrder", "order", "finalize"], withPaths],
    [
      "a relative URL of the challenge",
      ["authorization"],
      changed((one) => ({
        ...one,
        challenges: (one.challenges as Answer[]).map((challenge) => ({ ...challenge, url: relative(challenge.url) })),
      })),
    ],
    ["`expires: null`", ["newOrder", "order", "finalize"], noExpiry],
    ["`certificate: null` until there is one", ["newOrder", "order"], noCertificate],
    [
      "fields that nobody knows",
      ["newOrder", "order", "finalize"],
      changed((one) => ({ ...one, extra: { deep: [1] } })),
    ],
    ["a relative location of the account", ["newAccount"], { headers: { location: "/account/1" } }],
    ["a relative location of the order", ["newOrder"], { headers: { location: "/order/0" } }],
  ])("are taken: %s", async (_what, resources, fault) => {
    for (const resource of resources) fake.fail(resource, fault);
    expect(new X509Certificate(await issue(["a.example"])).subjectAltName).toBe("DNS:a.example");
  });

  async function problemOf(resource: Resource, fault: Fault): Promise<AcmeError> {
    fake.fail(resource, { ...fault, times: 9 });
    const error = await issue(["a.example"]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof AcmeError)) throw new Error(`no refusal: ${error}`);
    return error;
  }

  it("a problem without a type keeps its words and its status", async () => {
    const { problem } = await problemOf("newOrder", {
      status: 400,
      body: { detail: "we do not like this name", status: 400 },
    });
    expect(problem).toMatchObject({
      type: "about:blank",
      detail: expect.stringContaining("we do not like"),
      status: 400,
    });
  });

  it("`orderNotReady` is told from a refusal", async () => {
    const error = await problemOf("finalize", FakeCa.problem("orderNotReady", "the order is pending", 403));
    expect(isNotReady(error)).toBe(true);
  });

  it.each(["soon", "-3", "1e400", "Fri, 99 Foo 2026", "315360000000000000000"])(
    "a Retry-After of %s makes no number that is none",
    async (value) => {
      const fault = {
        status: 503,
        body: "<html>busy</html>",
        headers: { "retry-after": value, "content-type": "text/html" },
      };
      const { retryAfterMs, problem } = await problemOf("newOrder", fault);
      expect(retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0)).toBe(true);
      expect(problem.status).toBe(503);
      expect(problem.detail?.length ?? 0).toBeLessThan(2_000);
    },
  );
});
