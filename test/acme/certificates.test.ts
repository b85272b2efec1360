import { X509Certificate } from "node:crypto";
import { ariId } from "../../core/certificate/ari-id";
import { createKeyAndCsr } from "../../core/certificate/csr";
import { createThrowawayCa } from "../../local/process/parts/throwaway-ca";
import { ScriptedHost } from "../../testing/scripted-host";

const issuer = createThrowawayCa("Some issuing CA");
const { certificate: leaf } = issuer.issue(["a.example"]);
const der = (pem: string) => new X509Certificate(pem).raw.toString("base64url");
const WINDOW = { suggestedWindow: { start: "2026-12-01T00:00:00Z", end: "2026-12-03T00:00:00Z" } };

describe("at a CA", () => {
  let host: ScriptedHost;
  beforeAll(async () => {
    host = await ScriptedHost.start();
  });
  afterAll(() => host.stop());

  const order = () => ({
    url: `${host.origin}/orders/1`,
    status: "valid" as const,
    authorizations: [],
    finalize: `${host.origin}/finalize/1`,
    certificate: `${host.origin}/certificate/1`,
  });
  const client = () => host.client({ accountUrl: `${host.origin}/account/1` });

  it("an order is read with POST-as-GET", async () => {
    host.script({ "/orders/1": { body: { status: "ready", authorizations: [], finalize: "./finalize" } } });
    expect(await client().order(order().url)).toMatchObject({
      status: "ready",
      finalize: `${host.origin}/orders/finalize`,
    });
    expect(host.askedAt("/orders/1")[0]?.payload).toBeUndefined();
  });

  it("a challenge is accepted with an empty object (RFC 8555 §7.5.1)", async () => {
    host.script({ "/challenge/1": {} });
    await client().accept(`${host.origin}/challenge/1`);
    expect(host.askedAt("/challenge/1")[0]?.payload).toStrictEqual({});
  });

  it("an order is finalized with the CSR's DER, and what it leads to is seen from the order", async () => {
    const { csr } = await createKeyAndCsr(["a.example"], "ecdsa-p256");
    host.script({
      "/finalize/1": { body: { status: "valid", authorizations: [], finalize: "/f", certificate: "./certificate/1" } },
    });
    expect(await client().finalize(order(), csr)).toMatchObject({
      url: order().url,
      certificate: `${host.origin}/orders/certificate/1`,
    });
    const body = csr.replace(/-----[^-]+-----|\s/g, "");
    expect(host.askedAt("/finalize/1")[0]?.payload).toStrictEqual({
      csr: Buffer.from(body, "base64").toString("base64url"),
    });
  });

  describe("a chain", () => {
    const chainOf = (body: string) => {
      host.script({ "/certificate/1": { body, headers: { "content-type": "application/pem-certificate-chain" } } });
      return client().download(order());
    };

    it("is read with POST-as-GET, leaf first", async () => {
      const chain = await chainOf(leaf + issuer.certificate);
      expect(host.askedAt("/certificate/1")[0]?.payload).toBeUndefined();
      expect(chain).toBe(`${leaf.trim()}\n${issuer.certificate.trim()}\n`);
    });

    it("is only its certificates, whatever stands around them", async () => {
      const chain = await chainOf(
        `# a.example\r\n${leaf}\n\n-----BEGIN TRUST-----\nAAAA\n-----END TRUST-----\n${issuer.certificate}`,
      );
      expect(chain).toBe(`${leaf.trim()}\n${issuer.certificate.trim()}\n`);
    });

    it.each([[""], ["hello"], ["-----BEGIN CERTIFICATE-----\nAAAA"]])("is not %j, in words", async (body) => {
      await expect(chainOf(body)).rejects.toMatchObject({
        problem: {
          type: "certfront:malformed",
          detail: "The CA some-ca gave a wrong answer: the certificate's URL holds no PEM certificate.",
        },
      });
    });

    it("is not JSON", async () => {
      host.script({ "/certificate/1": { body: { certificate: leaf } } });
      await expect(client().download(order())).rejects.toThrow("the certificate's URL holds no PEM certificate.");
    });

    it("that is refused is refused in the CA's words", async () => {
      host.script({ "/certificate/1": { status: 202, body: { type: "about:blank", detail: "not yet" } } });
      await expect(client().download(order())).rejects.toThrow("not yet");
    });

    it("has a place where a valid order says it is, or the order is none", async () => {
      const { certificate: _nowhere, ...without } = order();
      await expect(client().download(without)).rejects.toMatchObject({
        problem: {
          type: "certfront:malformed",
          detail: "The CA some-ca gave a wrong answer: a valid order without a certificate.",
        },
      });
    });
  });

  it("a certificate is revoked by its DER, of the leaf alone, and with the reason (RFC 8555 §7.6)", async () => {
    host.script({ "/revoke-cert": { body: "" } });
    await client().revoke(leaf + issuer.certificate, 4);
    expect(host.askedAt("/revoke-cert")[0]?.payload).toStrictEqual({ certificate: der(leaf), reason: 4 });
  });

  it("what is no certificate is revoked as nothing, and the CA says no", async () => {
    host.script({
      "/revoke-cert": { status: 400, body: { type: "urn:ietf:params:acme:error:malformed", detail: "none" } },
    });
    await expect(client().revoke("hello", 0)).rejects.toThrow("none");
    expect(host.askedAt("/revoke-cert")[0]?.payload).toStrictEqual({ certificate: "", reason: 0 });
  });

  describe("when to renew", () => {
    const path = `/renewal-info/${ariId(leaf)}`;

    it.each(["/renewal-info", "/renewal-info/"])("is read with GET below %s, by the certificate's id", async (base) => {
      host.script({ "/directory": host.directoryWith({ renewalInfo: base }), [path]: { body: WINDOW } });
      expect(await client().renewalInfo(leaf)).toMatchObject({
        start: Date.UTC(2026, 11, 1),
        end: Date.UTC(2026, 11, 3),
      });
      expect(host.askedAt(path)).toMatchObject([{ method: "GET", body: "" }]);
    });

    it("is asked of no CA without ARI, and of no certificate that names no issuer's key", async () => {
      host.script({ "/directory": host.directoryWith({ renewalInfo: undefined }) });
      expect(await client().renewalInfo(leaf)).toBeUndefined();
      host.script({});
      expect(await client().renewalInfo(issuer.certificate)).toBeUndefined();
      expect(host.asked.map(({ path: asked }) => asked)).toEqual(["/directory"]);
    });

    it.each([404, 202])("that is answered with %i is not known", async (status) => {
      host.script({ [path]: { status, body: { type: "about:blank", detail: "no such certificate" } } });
      await expect(client().renewalInfo(leaf)).rejects.toMatchObject({
        problem: { detail: "no such certificate", status },
      });
    });
  });
});
