import { X509Certificate } from "node:crypto";
import { DAY, MINUTE, SECOND } from "../../core/base/clock";
import { findingsOf } from "../../lambdas/expiry-monitor/certificate-findings";
import { TestCa } from "../../testing/certificates";

const now = Date.now();
/** The intermediate of TestCa lives ten years from a year before the CA's own time. */
const caOf = (yearsAgo: number) => new TestCa("test-ca", () => now - yearsAgo * 365 * DAY);

/** What the monitor finds when this certificate is served with its chain, and stored as it is. */
function found(ca: TestCa, notAfter: number, notBefore = now - DAY) {
  const { chain, summary } = ca.issue(["a.example"], { notBefore, notAfter });
  const [leaf, ...issuers] = (chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  if (!leaf) throw new Error("no leaf");
  return findingsOf(
    { status: "served", leaf, issuers, protocol: "TLSv1.3" },
    { name: "a.example", stored: summary, now },
  );
}

describe("an intermediate that is served behind a certificate", () => {
  it("is no finding while it outlives it", () => {
    expect(found(caOf(0), now + 89 * DAY)).toEqual([]);
  });

  it("keeps visitors out once it has expired, though the certificate is valid and stored like that", () => {
    expect(found(caOf(11), now + 89 * DAY)).toEqual([
      { kind: "not-valid-now", problem: expect.stringMatching(/intermediate.*, behind it, expired on/) },
    ]);
  });

  it("is a finding before that, where it ends before the certificate does", () => {
    expect(found(caOf(9), now + 5 * 365 * DAY)).toEqual([
      {
        kind: "chain-ends-first",
        problem: expect.stringMatching(/behind it, expires on .*, before the certificate does/),
      },
    ]);
  });
});

describe("a certificate that begins later than now", () => {
  it("is no finding within five minutes: clocks differ", () => {
    expect(found(caOf(0), now + 89 * DAY, now + 5 * MINUTE)).toEqual([]);
  });

  it("keeps visitors out where it begins later than that", () => {
    expect(found(caOf(0), now + 89 * DAY, now + 5 * MINUTE + 2 * SECOND)).toEqual([
      { kind: "not-valid-now", problem: expect.stringContaining("the certificate is not valid before") },
    ]);
  });
});
