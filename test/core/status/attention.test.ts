import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import type { TenantRecord } from "../../../core/record/record";
import { type Attention, attention, compareAttention } from "../../../core/status/attention";
import { factsOf, tenantView } from "../../../core/status/view";
import { certificateSummary, tenantRecord } from "../../../testing/records";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../../testing/sample-tenants";

const late = (overdue: number): TenantRecord => {
  const record = activeTenant("late.example", 30 * (1 - overdue));
  return { ...record, renewal: { renewAt: NOW - overdue * 30 * DAY, source: "lifetime" } };
};

const { renewal: _, ...unplanned } = activeTenant("unplanned.example");
/** To the moment: in numbers that divide without a rest. */
const overdueBy2Of30 = {
  certificate: { ...certificateSummary("late.example"), notAfter: NOW + 28 },
  renewal: { renewAt: NOW - 2, source: "lifetime" as const },
};

describe("how much a tenant needs a person", () => {
  it.each<[string, TenantRecord, Attention | "removed"]>([
    ["is served as it should be", activeTenant("a.example"), "fine"],
    ["has its renewal just due", late(0), "fine"],
    ["is a little late", late(0.06), "fine"],
    ["is overdue by 2/30", { ...late(0), ...overdueBy2Of30 }, "warning"],
    ["has an expired certificate", activeTenant("a.example", -1), "broken"],
    ["has a certificate that ends this moment", activeTenant("a.example", 0), "broken"],
    ["has a certificate and no plan for its renewal", unplanned, "fine"],
    [
      "is served, but its DNS moved away",
      { ...activeTenant("a.example"), reason: notPointing("a.example") },
      "warning",
    ],
    ["is quarantined with a valid certificate", { ...activeTenant("a.example"), state: "quarantined" }, "warning"],
    ["was just added", tenantRecord("a.example", NOW), "waiting"],
    ["cannot get its first certificate", pendingTenant("a.example", notPointing("a.example")), "broken"],
    ["was removed, with its certificate ended", { ...activeTenant("a.example", -1), state: "removed" }, "removed"],
  ])("of one that %s", (_, record, expected) => {
    expect(attention(factsOf(record), [], NOW)).toBe(expected);
  });

  it.each([
    ["every front serves it", {}, "fine"],
    ["a front could not apply it", { failed: [{ domain: "a.example", problem: "refused" }] }, "warning"],
    [
      "a front serves something else",
      { selfCheck: { checked: 1, mismatches: [{ domain: "a.example", problem: "x" }] } },
      "warning",
    ],
    ["a front is behind", { revision: NOW - 2 * HOUR }, "warning"],
    ["a front is silent, which is not up", { revision: NOW - 2 * HOUR, at: NOW - 5 * MINUTE }, "fine"],
    ["a front is not taking traffic yet", { revision: NOW - 2 * HOUR, ready: false }, "fine"],
  ] as const)("of one that is active, where %s", (_, changes, expected) => {
    const facts = { ...factsOf(activeTenant("a.example")), revision: NOW - HOUR };
    expect(attention(facts, [heartbeat("front-a"), heartbeat("front-b", changes)], NOW)).toBe(expected);
  });

  it("does not count a change of moments ago as late", () => {
    const facts = { ...factsOf(activeTenant("a.example")), revision: NOW - 5 * SECOND };
    expect(attention(facts, [heartbeat("front-a", { revision: NOW - HOUR })], NOW)).toBe("fine");
  });

  it("does not count a front as late that may not report any more while it is replaced", () => {
    const facts = { ...factsOf(activeTenant("a.example")), revision: NOW - HOUR };
    const { role: _, ...former } = heartbeat("front-b", { revision: NOW - 2 * HOUR });
    expect(attention(facts, [heartbeat("front-a"), former], NOW)).toBe("fine");
  });

  it("puts the worst first, among equals the certificate that ends first, then the longest-standing, then by name", () => {
    const records = [
      activeTenant("b.example", 80),
      { ...activeTenant("gone.example", 1), state: "removed" as const },
      activeTenant("a.example", 80),
      { ...activeTenant("old.example", 80), since: NOW - 90 * DAY },
      activeTenant("soon.example", 40),
      pendingTenant("stuck.example", notPointing("stuck.example")),
      activeTenant("expired.example", -1),
      tenantRecord("new.example", NOW),
      late(0.5),
    ];
    const entries = records.map((record) => ({ ...factsOf(record), configHash: "" }));
    for (const given of [entries, [...entries].reverse()]) {
      expect([...given].sort(compareAttention([], NOW)).map(({ domain }) => domain)).toEqual([
        "expired.example",
        "stuck.example",
        "late.example",
        "new.example",
        "soon.example",
        "old.example",
        "a.example",
        "b.example",
        "gone.example",
      ]);
    }
  });
});

describe("which fronts serve a tenant", () => {
  const tenant = { ...activeTenant("a.example"), revision: NOW - HOUR };
  const problem = (...changes: Parameters<typeof heartbeat>) =>
    tenantView(factsOf(tenant), [heartbeat(...changes)], NOW).fronts.behind[0]?.problem;

  it.each([
    ["up to date", {}, undefined],
    ["exactly at the tenant's revision", { revision: NOW - HOUR }, undefined],
    ["behind the tenant's revision", { revision: NOW - HOUR - 1 }, "has not reached revision"],
    ["silent for more than two minutes", { at: NOW - 2 * MINUTE - 1 }, "silent since 2027-02-19T14:00:59.999Z"],
    [
      "failing for this tenant",
      { failed: [{ domain: "a.example", problem: "chain does not verify" }] },
      "chain does not verify",
    ],
    ["failing for another", { failed: [{ domain: "b.example", problem: "chain does not verify" }] }, undefined],
    [
      "serving something else",
      { selfCheck: { checked: 1, mismatches: [{ domain: "a.example", problem: "serves serial 7" }] } },
      "serves serial 7",
    ],
  ])("counts a front that is %s rightly", (_, changes, expected) => {
    if (expected === undefined) expect(problem("front-a", changes)).toBeUndefined();
    else expect(problem("front-a", changes)).toContain(expected);
  });

  it("asks no front about a tenant without a certificate", () => {
    const waiting = factsOf(tenantRecord("a.example", NOW));
    expect(tenantView(waiting, [heartbeat("front-a")], NOW).fronts).toEqual({ serving: [], behind: [] });
  });
});
