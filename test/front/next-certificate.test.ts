import { X509Certificate } from "node:crypto";
import { DAY, HOUR } from "../../core/base/clock";
import type { FrontItem } from "../../core/record/record";
import type { HeldTenant } from "../../front/agent/held-tenant";
import { nextCertificate, verifiedCertificate } from "../../front/agent/next-certificate";
import { frontPaths } from "../../front/settings";
import { type IssueOptions, TestCa } from "../../testing/certificates";
import { frontItem, tenant } from "../../testing/records";

const now = Date.now();
const ca = new TestCa("test-ca", () => now);

/** `age`: since it was issued; `life`: from then to its end. */
const issue = (age: number, life: number) => {
  const options: IssueOptions = { notBefore: now - age, notAfter: now - age + life };
  return ca.issue(["a.example"], options);
};
const holding = (certificate: ReturnType<typeof issue>): HeldTenant =>
  ({
    domain: "a.example",
    revision: 1,
    tenant: tenant("a.example"),
    certificate: { summary: certificate.summary },
  }) as HeldTenant;
const verified = (stored: ReturnType<typeof issue>, held: HeldTenant, more: Partial<FrontItem> = {}) =>
  verifiedCertificate(stored, frontItem("a.example", 2, more), held, now);

describe("the certificate a front takes in place of the one it serves", () => {
  const served = issue(10 * DAY, 90 * DAY);

  it.each([
    ["of 90 days, as before", issue(HOUR, 90 * DAY)],
    ["of 64 days, which ends sooner", issue(HOUR, 64 * DAY)],
    ["of 45 days", issue(HOUR, 45 * DAY)],
    ["of 6 days", issue(HOUR, 6 * DAY)],
    ["issued before, but that ends later: a way back", issue(20 * DAY, 200 * DAY)],
  ])("is a newer one, whenever it ends: %s", (_, next) => {
    expect(verified(next, holding(served)).summary.serial).toBe(next.summary.serial);
  });

  const older = issue(30 * DAY, 45 * DAY);

  it("is none that was issued before it and ends before it", () => {
    const expires = new Date(older.summary.notAfter).toISOString();
    expect(() => verified(older, holding(served))).toThrow(
      expect.objectContaining({
        message: `The stored certificate of a.example was issued before the one being served and expires ${expires}, sooner than it.`,
        code: "CERTIFICATE_SOONER",
        tenant: "a.example",
        advice: "Renew the tenant; the later one stays served.",
      }),
    );
  });

  it("is any other where the one being served was revoked", () => {
    const revoked = [served.summary.fingerprint];
    expect(verified(older, holding(served), { revoked }).summary.serial).toBe(older.summary.serial);
  });

  it("is any other where the one being served has expired", () => {
    const expired = issue(91 * DAY, 90 * DAY);
    const next = issue(95 * DAY, 93 * DAY + 3 * DAY);
    expect(verified(next, holding(expired)).summary.serial).toBe(next.summary.serial);
  });
});

describe("a certificate as it is served", () => {
  const paths = frontPaths({ directory: "/front" });
  const certificate = ca.issue(["a.example", "www.a.example"]);
  const pem = `${certificate.chain.trim()}\n${certificate.key.trim()}\n`;
  const leaf = { summary: certificate.summary, pem };
  const subject = tenant("a.example", { aliases: ["www.a.example", "new.a.example"] });
  const trust = { mode: "optional", ca: `\n${ca.root}\n` } as const;
  const line = (clientCertificates = subject.clientCertificates, wanted?: ReadonlySet<string>) =>
    nextCertificate({ ...subject, clientCertificates }, leaf, paths, wanted)?.certificate;

  it("is for the tenant's names that it has, or those of them that are wanted", () => {
    expect(line()?.names).toEqual(["a.example", "www.a.example"]);
    expect(line(undefined, new Set(["www.a.example", "other.example"]))?.names).toEqual(["www.a.example"]);
    expect(line(undefined, new Set(["new.a.example"]))).toBeUndefined();
  });

  it("lies in a file that is called after the tenant and what its line says, whatever the certificate is", () => {
    const renewed = ca.issue(["a.example", "www.a.example"]);
    const again = nextCertificate(subject, { summary: renewed.summary, pem }, paths)?.certificate;
    expect(line()?.file).toMatch(/^\/front\/certificates\/a\.example~[0-9a-f]{12}\.pem$/);
    expect(again?.file).toBe(line()?.file);
    const files = [line(), line(undefined, new Set(["a.example"])), line(trust)].map((one) => one?.file);
    expect(new Set(files).size).toBe(3);
  });

  it("comes with all files that its line names", () => {
    const asking = { ...trust, crl: ca.revocationLists([]) };
    const next = nextCertificate({ ...subject, clientCertificates: asking }, leaf, paths);
    const { file, clientCa, clientCrl, options } = next?.certificate ?? {};
    expect(next?.files).toEqual([
      { file, contents: pem },
      { file: clientCa?.file, contents: `${ca.root.trim()}\n` },
      { file: clientCrl?.file, contents: `${asking.crl.trim()}\n` },
    ]);
    expect(options).toBe(`[verify optional ca-file ${clientCa?.file} crl-file ${clientCrl?.file} ssl-max-ver TLSv1.2]`);
    expect(clientCa?.file).toBe(`/front/client-cas/${clientCa?.hash.slice(0, 32)}.pem`);
    expect(clientCrl?.file).toBe(`/front/client-cas/${clientCrl?.hash.slice(0, 32)}.crl.pem`);
  });

  it("asks for client certificates only where the tenant does, and without lists where it has none", () => {
    expect([line()?.options, line()?.clientCa, line()?.clientCrl]).toEqual(["", undefined, undefined]);
    expect(line(trust)?.options).toBe(`[verify optional ca-file ${line(trust)?.clientCa?.file} ssl-max-ver TLSv1.2]`);
    expect(line({ ...trust, mode: "required" })?.options).toBe(line(trust)?.options);
    expect(line(trust)).not.toHaveProperty("clientCrl");
  });

  it("is known by the SHA-1 of its leaf, as HAProxy shows it", () => {
    const sha1 = new X509Certificate(certificate.leaf).fingerprint.replaceAll(":", "").toLowerCase();
    expect(line()?.sha1).toBe(sha1);
  });

  it("goes to no file whose name is none", () => {
    const domain = "../a.example";
    expect(() => nextCertificate({ ...subject, domain }, leaf, paths)).toThrow(RangeError);
  });
});
