import { DAY, HOUR } from "../../../core/base/clock";
import type { TenantRecord } from "../../../core/record/record";
import { TenantCounter } from "../../../core/status/counts";
import { factsOf } from "../../../core/status/view";
import { tenantRecord } from "../../../testing/records";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../../testing/sample-tenants";

const count = (records: readonly TenantRecord[], counter = new TenantCounter([], NOW)) => {
  const levels = records.map((record) => counter.add({ ...factsOf(record), configHash: "" }));
  return { levels, counts: counter.counts() };
};
const removed = (age: number): TenantRecord => ({
  ...activeTenant("gone.example"),
  state: "removed",
  since: NOW - age,
});

describe("how many tenants there are", () => {
  it("of each state, of each reason, and of each need for a person", () => {
    const { levels, counts } = count([
      activeTenant("a.example"),
      activeTenant("b.example"),
      { ...activeTenant("moved.example"), reason: notPointing("moved.example") },
      pendingTenant("stuck.example", notPointing("stuck.example")),
      tenantRecord("new.example", NOW),
      removed(HOUR),
    ]);
    expect(levels).toEqual(["fine", "fine", "warning", "broken", "waiting", "removed"]);
    expect(counts).toEqual({
      total: 5,
      removedLately: 1,
      byAttention: { broken: 1, warning: 1, waiting: 1, fine: 2 },
      byState: { active: 3, "pending-dns": 2, removed: 1 },
      byReason: { DNS_NOT_POINTING: 2, WAITING: 1 },
    });
  });

  it("says zero of every level where there are none", () => {
    expect(count([]).counts).toEqual({
      total: 0,
      removedLately: 0,
      byAttention: { broken: 0, warning: 0, waiting: 0, fine: 0 },
      byState: {},
      byReason: {},
    });
  });

  it("counts removed tenants apart, with their reasons left out, and says how many were within a day", () => {
    const reason = { code: "REMOVED", sentence: "It was taken out of the configuration." } as const;
    const { counts } = count([removed(HOUR), removed(DAY - 1), removed(DAY), { ...removed(2 * DAY), reason }]);
    expect(counts).toMatchObject({ total: 0, removedLately: 2, byState: { removed: 4 }, byReason: {} });
  });

  it("takes into account what fronts say", () => {
    const front = heartbeat("front-a", { failed: [{ domain: "a.example", problem: "refused" }] });
    expect(count([activeTenant("a.example")], new TenantCounter([front], NOW)).levels).toEqual(["warning"]);
  });

  it("is a picture of its moment, which does not change as the count goes on", () => {
    const counter = new TenantCounter([], NOW);
    const { counts } = count([activeTenant("a.example")], counter);
    count([activeTenant("b.example")], counter);
    expect(counts).toMatchObject({ total: 1, byAttention: { fine: 1 }, byState: { active: 1 } });
  });
});
