import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createSecureContext } from "node:tls";
import { defaultCertificate } from "../../front/agent/default-certificate";
import { HeldSet } from "../../front/agent/held-set";
import { certificatesOf, type HeldTenant, heldNext, servedNamesOf } from "../../front/agent/held-tenant";
import { writeReady, writeStartupFiles } from "../../front/agent/startup-files";
import { frontPaths } from "../../front/settings";
import { frontSettings } from "../../testing/front-settings";
import { certificateSummary, frontItem, tenant } from "../../testing/records";

const certificate = (domain: string, names = [domain], options = "") => ({
  ...{ summary: certificateSummary(domain), file: `/c/${domain}.pem`, options, names, sha1: "", hash: "" },
});
const held = (domain: string, changes: Partial<HeldTenant> = {}): HeldTenant => ({
  ...{ domain, revision: 1, tenant: tenant(domain), certificate: certificate(domain) },
  ...changes,
});

describe("what HAProxy reads when it starts", () => {
  const home = mkdtempSync(path.join(tmpdir(), "certfront-startup-"));
  const settings = frontSettings(home, { defaultUpstream: "http://10.0.0.1:80" });
  const paths = frontPaths(settings);
  const lines = (file: string) => readFileSync(file, "utf8").split("\n");
  beforeAll(() => mkdirSync(settings.directory));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it("begins with a certificate of nobody's, and has a line for each other, with options and names", async () => {
    const options = "[verify optional]";
    const further = [certificate("further.example")];
    const one = held("a.example", {
      certificate: certificate("a.example", ["a.example", "b.example"], options),
      further,
    });
    await writeStartupFiles(settings, [one, held("c.example")]);
    expect(lines(paths.crtList)).toEqual([
      `${paths.defaultCertificate} !*`,
      "/c/a.example.pem [verify optional] a.example b.example",
      "/c/further.example.pem further.example",
      "/c/c.example.pem c.example",
      "",
    ]);
  });

  it("has the policy of each name and each exception", async () => {
    const a = tenant("a.example", { http: { redirectExcept: ["/api/"] }, aliases: ["b.example"] });
    await writeStartupFiles(settings, [held("a.example", { tenant: a, waitsFor: "us" })]);
    expect(lines(paths.policyMap)).toEqual([
      expect.stringMatching(/^a\.example a\.example\|x\|-\|n\|u\d+-/),
      expect.stringMatching(/^b\.example a\.example\|x\|-\|n\|u\d+-/),
      "",
    ]);
    expect(lines(paths.exceptionMap)).toEqual(["a.example/api/ 1", "b.example/api/ 1", ""]);
  });

  it("says of a name without a certificate whom it waits for, and of a client's since when it counts", async () => {
    const asking = tenant("b.example", { clientCertificates: { mode: "required", ca: "" } });
    await writeStartupFiles(settings, [
      held("a.example", { certificate: undefined, waitsFor: "owner" }),
      held("b.example", { tenant: asking, trustedSince: 7 }),
    ]);
    expect(lines(paths.policyMap).map((line) => line.split("|").filter((_, at) => at === 1 || at === 5))).toEqual([
      ["wo"],
      ["r", "7"],
      [],
    ]);
  });

  it("has what is served for heirs behind all that is held, and no name or line of it that another has", async () => {
    const http = { redirectExcept: ["/api/"] };
    const departed = held("a.example", { tenant: tenant("a.example", { aliases: ["moved.example"], http }) });
    const heir = held("b.example", { tenant: tenant("b.example", { aliases: ["moved.example"] }) });
    const same = held("c.example", { certificate: certificate("b.example") });
    await writeStartupFiles(settings, [heir], [departed, same]);
    expect(lines(paths.policyMap).map((line) => line.split("|")[0])).toEqual([
      "b.example b.example",
      "moved.example b.example",
      "a.example a.example",
      "c.example c.example",
      "",
    ]);
    expect(lines(paths.exceptionMap)).toEqual(["a.example/api/ 1", ""]);
    expect(lines(paths.crtList).slice(1)).toEqual(["/c/b.example.pem b.example", "/c/a.example.pem a.example", ""]);
  });

  it("opens the health gate only where the front was ready", async () => {
    for (const ready of [true, false]) {
      await writeReady(settings, ready);
      expect(lines(paths.readyMap)).toEqual([ready ? "ready 1" : "ready 0", ""]);
    }
  });

  it("is a certificate that HAProxy can load, for no name that anybody asks for", () => {
    const pem = defaultCertificate();
    expect(() => createSecureContext({ cert: pem, key: pem })).not.toThrow();
    const { subject, issuer, subjectAltName, validFrom, validTo } = new X509Certificate(pem);
    expect([subject, issuer, subjectAltName]).toEqual(["CN=nobody.invalid", "CN=nobody.invalid", undefined]);
    expect([Date.parse(validFrom), Date.parse(validTo)]).toEqual([
      Date.UTC(2025, 0, 1),
      Date.UTC(2049, 11, 31, 23, 59, 59),
    ]);
    const read = new X509Certificate(pem);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(defaultCertificate()).not.toBe(pem);
  });
});

describe("what a front holds", () => {
  const asking = held("a.example", {
    tenant: tenant("a.example", { clientCertificates: { mode: "optional", ca: "" } }),
    certificate: { ...certificate("a.example"), clientCa: { file: "/ca.pem", hash: "" } },
  });

  it("counts tenants with a certificate, and knows those that ask clients for one", () => {
    const set = new HeldSet();
    set.set(asking);
    set.set(held("b.example"));
    set.set(held("c.example", { certificate: undefined }));
    expect([set.certificates, set.askingClients(), set.asksForClientCertificates]).toEqual([2, [asking], true]);
    set.set(held("a.example"));
    expect([set.certificates, set.askingClients(), set.asksForClientCertificates]).toEqual([2, [], false]);
    set.set(asking);
    set.delete("a.example");
    expect([set.certificates, set.askingClients(), set.asksForClientCertificates]).toEqual([1, [], false]);
    expect([set.get("a.example"), [...set.all()].map(({ domain }) => domain)]).toEqual([
      undefined,
      ["b.example", "c.example"],
    ]);
  });

  it("of a tenant is its certificate and further ones, and their names", () => {
    const one = held("a.example", { further: [certificate("b.example", ["b.example", "c.example"])] });
    expect(certificatesOf(one).map(({ file }) => file)).toEqual(["/c/a.example.pem", "/c/b.example.pem"]);
    expect(servedNamesOf(one)).toEqual(["a.example", "b.example", "c.example"]);
    expect([certificatesOf(undefined), servedNamesOf(held("a.example", { certificate: undefined }))]).toEqual([[], []]);
  });

  it("of a tenant's next state goes on from the former one what the item does not say", () => {
    const item = frontItem("a.example", 2, { heirs: [{ domain: "b.example", revision: 3 }], waitsFor: "us" });
    const former = held("a.example", { trustedSince: 5, namesSince: { "a.example": 6 }, sealed: true });
    expect(heldNext(item, [certificate("a.example"), certificate("b.example")], former, false)).toEqual({
      domain: "a.example",
      revision: 2,
      tenant: item.tenant,
      certificate: certificate("a.example"),
      further: [certificate("b.example")],
      trustedSince: 5,
      namesSince: { "a.example": 6 },
      sealed: true,
      heirs: [{ domain: "b.example", revision: 3 }],
      waitsFor: "us",
    });
    const plain = frontItem("a.example", 2);
    expect(heldNext(plain, [], undefined, false)).toEqual({ domain: "a.example", revision: 2, tenant: plain.tenant });
    expect(heldNext(plain, [], undefined, true)).toHaveProperty("sealed", true);
  });
});
