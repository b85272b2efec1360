import { frontMetrics } from "../../../core/record/front-metrics";
import type { Heartbeat } from "../../../core/record/record";
import { heartbeat, NOW } from "../../../testing/sample-tenants";

const { selfCheck: _, ...unchecked } = heartbeat("unchecked");
const failed = (...domains: string[]) => domains.map((domain) => ({ domain, problem: "bad key" }));

describe("what all fronts together report", () => {
  const caughtUp: Partial<Heartbeat> = { at: NOW, caughtUpAt: NOW - 2_000, certificates: 7 };
  it.each<[string, readonly Heartbeat[], Record<string, number>]>([
    ["no front", [], { frontHeartbeat: 0, frontRevisionLagSeconds: 0, frontSyncFailures: 0 }],
    [
      "two in good health",
      [heartbeat("a", caughtUp), heartbeat("b", { ...caughtUp, certificates: 9 })],
      { frontHeartbeat: 2, frontCertificates: 7, frontRevisionLagSeconds: 2, frontSelfCheckMismatches: 0 },
    ],
    [
      "one that starts: it has no certificates yet, and is not behind",
      [heartbeat("a", caughtUp), heartbeat("b", { ready: false, certificates: 0 })],
      { frontHeartbeat: 2, frontCertificates: 7, frontRevisionLagSeconds: 2 },
    ],
    [
      "one that has not seen the table for ten minutes",
      [heartbeat("a", caughtUp), heartbeat("b", { at: NOW, caughtUpAt: NOW - 600_000 })],
      { frontRevisionLagSeconds: 600 },
    ],
    [
      "failures add up",
      [heartbeat("a", { failed: failed("x.example") }), heartbeat("b", { failed: failed("x.example", "y.example") })],
      { frontSyncFailures: 3 },
    ],
    [
      "mismatches: those of the worst",
      [
        unchecked,
        heartbeat("a"),
        heartbeat("b", { selfCheck: { checked: 9, mismatches: failed("x.example", "y.example") } }),
      ],
      { frontSelfCheckMismatches: 2 },
    ],
  ])("%s", (_, heartbeats, values) => {
    expect(Object.fromEntries(frontMetrics(heartbeats))).toMatchObject(values);
  });

  it("says nothing of certificates where no front serves", () => {
    const names = frontMetrics([heartbeat("a", { ready: false })]).map(([name]) => name);
    expect(names).not.toContain("frontCertificates");
  });
});
