import { HOUR, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { REASON_CODES } from "../../core/record/reason";
import { type Heartbeat, TENANT_STATES } from "../../core/record/record";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import { sweep } from "../../lambdas/expiry-monitor/sweep";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { tableOver } from "../../testing/monitor-table";
import { tenantRecord } from "../../testing/records";
import { heartbeat } from "../../testing/sample-tenants";

function setUp() {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  const metrics = new MetricStore();
  const lines: Record<string, unknown>[] = [];
  const journal = new Journal("test", clock, (line) => {
    if (metrics.ingest(line) === 0) lines.push(JSON.parse(line));
  });
  const run = () => sweep({ clock, table: tableOver(store), journal, startBatch: async () => {} });
  const gauge = (metric: string, dimensions: Record<string, string> = {}) =>
    metrics.statistics({
      namespace: "certfront",
      metric,
      dimensions: { stack: "test", ...dimensions },
      statistic: "Maximum",
      periodSeconds: 60,
      from: clock.now(),
      to: clock.now() + MINUTE,
    })[0]?.value;
  return { clock, store, lines, run, gauge };
}

describe("a sweep counts all tenants", () => {
  test("by state, every state each time, also where there is none", async () => {
    const { store, clock, run, gauge } = setUp();
    for (const [index, state] of TENANT_STATES.entries()) {
      for (let i = 0; i < index; i += 1)
        await store.createTenant(tenantRecord(`${state}-${i}.example`, clock.now(), { state }));
    }
    await run();
    expect(TENANT_STATES.map((state) => gauge(METRICS.tenantsByState, { state }))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test.each(REASON_CODES)("by reason: %s", async (code) => {
    const { store, clock, run, gauge } = setUp();
    const reason = { code, sentence: `The sentence of ${code}.` };
    for (const domain of ["a.example", "b.example"]) {
      await store.createTenant(tenantRecord(domain, clock.now(), { state: "quarantined", reason }));
    }
    await run();
    expect(gauge(METRICS.tenantsByReason, { reason: code })).toBe(2);
  });

  test("those that wait longest are listed by name, with reason and sentence, and the longest is measured", async () => {
    const { store, clock, run, gauge, lines } = setUp();
    for (let i = 0; i < 60; i += 1) {
      const reason = { code: "CA_DOWN", sentence: `t${i}.example waits for the CA.` } as const;
      const changes = { since: clock.now() - i * HOUR, state: "issuing", reason } as const;
      await store.createTenant(tenantRecord(`t${i}.example`, clock.now(), changes));
    }
    await run();
    expect(gauge(METRICS.oldestPendingSeconds)).toBe(59 * 3600);
    const listed = lines.filter(({ message }) => message === "tenant waits");
    expect(listed).toHaveLength(50);
    expect(listed[0]).toMatchObject({
      tenant: "t59.example",
      waitedSeconds: 59 * 3600,
      state: "issuing",
      reason: "CA_DOWN",
      sentence: "t59.example waits for the CA.",
    });
  });
});

test("fronts on which an update waits for a new process are counted and named: those that serve, and were heard of lately", async () => {
  const { store, clock, run, gauge, lines } = setUp();
  const beat = (front: string, changes: Partial<Heartbeat>) =>
    store.putHeartbeat({ ...heartbeat(front), at: clock.now(), outdated: ["HAProxy"], ...changes });
  await beat("front-a", { outdated: ["HAProxy", "OpenSSL"] });
  await beat("starting", { ready: false });
  await beat("gone", { at: clock.now() - HOUR });
  await store.putHeartbeat({ ...heartbeat("front-b"), at: clock.now() });
  await run();
  expect(gauge(METRICS.frontsOutdated)).toBe(1);
  expect(lines).toContainEqual(expect.objectContaining({ front: "front-a", software: ["HAProxy", "OpenSSL"] }));

  await store.putHeartbeat({ ...heartbeat("front-a"), at: clock.now() });
  clock.advance(HOUR);
  await run();
  expect(gauge(METRICS.frontsOutdated)).toBe(0);
});
