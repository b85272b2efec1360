import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { REASON_CODES } from "../../core/record/reason";
import { type Heartbeat, TENANT_STATES, type TenantRecord } from "../../core/record/record";
import { attention } from "../../core/status/attention";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import { sweep } from "../../lambdas/expiry-monitor/sweep";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { tableOver } from "../../testing/monitor-table";
import { certificateSummary, tenantRecord } from "../../testing/records";
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

describe("a front that is up counts as stale exactly where status takes a tenant for not fine", () => {
  const MINUTES_AGO = 10 * MINUTE;
  const cases: [string, Partial<TenantRecord>, Partial<Heartbeat>][] = [
    ["it serves the tenant's last change", {}, {}],
    ["it has not reached the last change, and fails nothing", {}, { revision: 1 }],
    ["it could not apply the tenant", {}, { failed: [{ domain: "a.example", problem: "bad key" }] }],
    [
      "it serves something else",
      {},
      { selfCheck: { checked: 1, mismatches: [{ domain: "a.example", problem: "another" }] } },
    ],
    ["it starts, and takes no traffic", {}, { revision: 1, ready: false }],
    ["the tenant has no certificate yet", { state: "pending-dns" }, { revision: 1 }],
    ["the tenant is removed", { state: "removed" }, { revision: 1 }],
  ];

  test.each(cases)("%s", async (_, tenantChanges, beatChanges) => {
    const { store, clock, run, gauge } = setUp();
    const now = clock.now();
    const certificate = certificateSummary("a.example", { notBefore: now - DAY, notAfter: now + 89 * DAY });
    const has = tenantChanges.state === "pending-dns" ? {} : { certificate };
    await store.createTenant(
      tenantRecord("a.example", now - MINUTES_AGO, { state: "active", ...has, ...tenantChanges }),
    );
    const beat = { ...heartbeat("front-a"), at: now, revision: now, failed: [], ...beatChanges };
    await store.putHeartbeat(beat);

    await run();

    const [entry] = (await store.listTenants()).items;
    const served = entry?.certificate === undefined || entry.state === "removed";
    const fine = served || attention(entry, [beat], now) === "fine";
    expect(gauge(METRICS.frontsStale)).toBe(fine ? 0 : 1);
  });

  test("the front is named with how many tenants wait for it", async () => {
    const { store, clock, run, lines } = setUp();
    const now = clock.now();
    for (const domain of ["a.example", "b.example"]) {
      const certificate = certificateSummary(domain, { notBefore: now - DAY, notAfter: now + 89 * DAY });
      await store.createTenant(tenantRecord(domain, now - MINUTES_AGO, { state: "active", certificate }));
    }
    await store.putHeartbeat({ ...heartbeat("front-a"), at: now, revision: 1 });
    await store.putHeartbeat({ ...heartbeat("front-b"), at: now, revision: now });
    await run();
    expect(lines.filter(({ message }) => message === "front has a problem")).toMatchObject([
      { front: "front-a", problem: "has not applied the last change of 2 tenants" },
    ]);
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
