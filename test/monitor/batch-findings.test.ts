import { DAY } from "../../core/base/clock";
import { BatchFindings } from "../../lambdas/expiry-monitor/batch-findings";
import type { TenantCheck } from "../../lambdas/expiry-monitor/check-tenant";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import { ManualClock } from "../../testing/manual-clock";
import { indexEntry } from "../../testing/records";

describe("what one batch of the monitor writes down", () => {
  const clock = new ManualClock();
  const now = clock.now();
  let lines: Record<string, unknown>[];
  let findings: BatchFindings;
  beforeEach(() => {
    lines = [];
    findings = new BatchFindings(new Journal("test", clock, (line) => lines.push(JSON.parse(line))), now);
  });
  const said = (message: string) => lines.filter((line) => line.message === message);

  it("is a thousand lines of a kind, and how many there were in all", () => {
    for (let n = 0; n < 1_001; n++) findings.addFailure(indexEntry(`t${n}.example`), new Error("no"));
    findings.report(1);
    expect(said("name has a problem")).toHaveLength(1_000);
    expect(said("more of the same")).toMatchObject([{ of: "name has a problem", lines: 1_001 }]);
  });

  it("is no more than that where there are just a thousand", () => {
    for (let n = 0; n < 1_000; n++) findings.addFailure(indexEntry(`t${n}.example`), new Error("no"));
    findings.report(1);
    expect([said("name has a problem").length, said("more of the same")]).toEqual([1_000, []]);
  });

  it.each([
    [2 / 30, 1],
    [2 / 30 - 0.001, 0],
  ])(
    "is a renewal that is overdue by %d of the lifetime: %i line, from where its alarm warns",
    (overdueFraction, listed) => {
      const check: TenantCheck = {
        domain: "a.example",
        sightings: [{ name: "a.example", at: "192.0.2.1", findings: [] }],
        leading: new Map([["a.example", "unknown"]]),
        validity: { notBefore: now - 60 * DAY, notAfter: now + 30 * DAY },
        overdueFraction,
        renewalCheck: { checkedAt: now },
      };
      findings.add(indexEntry("a.example"), check);
      expect(said("renewal overdue")).toHaveLength(listed);
    },
  );
});
