import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import type { TenantRecord } from "../../../core/record/record";
import { type Attention, attention, compareAttention } from "../../../core/status/attention";
import { TenantCounter } from "../../../core/status/counts";
import { factsOf, tenantView } from "../../../core/status/view";
import { duration, relativeTime } from "../../../core/status/words";
import { tenantRecord } from "../../../testing/records";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../../testing/sample-tenants";

const late = (overdue: number): TenantRecord => {
  const record = activeTenant("late.example", 30 * (1 - overdue));
  return { ...record, renewal: { renewAt: NOW - overdue * 30 * DAY, source: "lifetime" } };
};

describe("how much a tenant needs a person", () => {
  it.each<[string, TenantRecord, Attention | "removed"]>([
    ["is served as it should be", activeTenant("a.example"), "fine"],
    ["has its renewal just due", late(0), "fine"],
    ["is a little late", late(0.06), "fine"],
    ["is overdue by 2/30", late(2 / 30 + 1e-9), "warning"],
    ["has an expired certificate", activeTenant("a.example", -1), "broken"],
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

  it("counts removed tenants apart, and says how many were lately", () => {
    const counter = new TenantCounter([], NOW);
    for (const [domain, age] of [
      ["a.example", HOUR],
      ["b.example", 2 * DAY],
    ] as const) {
      counter.add({ ...factsOf({ ...activeTenant(domain), state: "removed", since: NOW - age }), configHash: "" });
    }
    expect(counter.counts()).toMatchObject({
      total: 0,
      removedLately: 1,
      byState: { removed: 2 },
      byAttention: { fine: 0 },
    });
  });

  it("puts the worst first, among equals the certificate that ends first, then by name", () => {
    const records = [
      activeTenant("b.example", 80),
      activeTenant("a.example", 80),
      activeTenant("soon.example", 40),
      pendingTenant("stuck.example", notPointing("stuck.example")),
      activeTenant("expired.example", -1),
      tenantRecord("new.example", NOW),
      late(0.5),
    ];
    const entries = records.map((record) => ({ ...factsOf(record), configHash: "" })).sort(compareAttention([], NOW));
    expect(entries.map(({ domain }) => domain)).toEqual([
      "expired.example",
      "stuck.example",
      "late.example",
      "new.example",
      "soon.example",
      "a.example",
      "b.example",
    ]);
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

describe("time as people say it", () => {
  it.each([
    [30 * SECOND, "now"],
    [-30 * SECOND, "now"],
    [MINUTE, "in 1 minute"],
    [-59 * MINUTE, "59 minutes ago"],
    [47 * HOUR, "in 47 hours"],
    [2 * DAY, "in 2 days"],
    [-119 * DAY, "119 days ago"],
    [130 * DAY, "in 4 months"],
  ])("%i ms away", (ms, words) => {
    expect(relativeTime(NOW + ms, NOW)).toBe(words);
  });

  it("rounds down, so that nothing is promised too early", () => {
    expect(duration(2 * DAY - 1)).toBe("47 hours");
  });
});
