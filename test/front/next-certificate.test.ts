import { DAY, HOUR } from "../../core/base/clock";
import type { FrontItem } from "../../core/record/record";
import type { HeldTenant } from "../../front/agent/held-tenant";
import { verifiedCertificate } from "../../front/agent/next-certificate";
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
const item = (certificate: ReturnType<typeof issue>, more: Partial<FrontItem> = {}): FrontItem =>
  frontItem("a.example", 2, { certificate, ...more });

describe("the certificate a front takes in place of the one it serves", () => {
  const served = issue(10 * DAY, 90 * DAY);

  it.each([
    ["of 90 days, as before", issue(HOUR, 90 * DAY)],
    ["of 64 days, which ends sooner", issue(HOUR, 64 * DAY)],
    ["of 45 days", issue(HOUR, 45 * DAY)],
    ["of 6 days", issue(HOUR, 6 * DAY)],
    ["issued before, but that ends later: a way back", issue(20 * DAY, 200 * DAY)],
  ])("is a newer one, whenever it ends: %s", (_, next) => {
    expect(verifiedCertificate(item(next), holding(served), now)?.summary.serial).toBe(next.summary.serial);
  });

  const older = issue(30 * DAY, 45 * DAY);

  it("is none that was issued before it and ends before it", () => {
    expect(() => verifiedCertificate(item(older), holding(served), now)).toThrow(/issued before the one being served/);
  });

  it("is any other where the one being served was revoked", () => {
    const revoked = item(older, { revoked: [served.summary.fingerprint] });
    expect(verifiedCertificate(revoked, holding(served), now)?.summary.serial).toBe(older.summary.serial);
  });

  it("is any other where the one being served has expired", () => {
    const expired = issue(91 * DAY, 90 * DAY);
    const next = issue(95 * DAY, 93 * DAY + 3 * DAY);
    expect(verifiedCertificate(item(next), holding(expired), now)?.summary.serial).toBe(next.summary.serial);
  });
});
