import { HOUR } from "../../core/clock";
import { METRICS } from "../../core/metrics";
import type { TenantRecord } from "../../core/record";
import { checkShards } from "../../lambdas/expiry-monitor/check-shards";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import { tlsHandshake } from "../../lambdas/expiry-monitor/handshake";
import { DynamoMonitorTable, SHARDS } from "../../lambdas/expiry-monitor/monitor-table";
import { publicDns } from "../../lambdas/expiry-monitor/public-dns";
import { sweep } from "../../lambdas/expiry-monitor/sweep";
import { MetricStore } from "../../local/cloudwatch/metric-store";
import { type LocalDns, startDns } from "../../local/parts/dns";
import { type LocalDynamoDb, startDynamoDb } from "../../local/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { TestCa, type TestCertificate } from "../support/certificates";
import { ManualClock } from "../support/manual-clock";
import { tenant, tenantRecord } from "../support/records";
import { SniServer } from "../support/sni-server";

/** Two addresses of the load balancer; the fronts behind them are node:tls servers, everything else is the real part. */
const ADDRESSES = ["127.0.0.1", "127.0.0.2"] as const;

describe("the expiry monitor", () => {
  let dynamo: LocalDynamoDb;
  let dns: LocalDns;
  let first: SniServer;
  let second: SniServer;
  let tables = 0;

  beforeAll(async () => {
    [dynamo, dns, first] = await Promise.all([startDynamoDb(), startDns(), SniServer.start(ADDRESSES[0])]);
    second = await SniServer.start(ADDRESSES[1], first.port);
  });
  afterAll(() => Promise.all([dynamo.stop(), dns.stop(), first.stop(), second.stop()]));

  async function stack() {
    const table = `monitor-${++tables}`;
    await dynamo.createTable(table, TABLE_SCHEMA);
    const clock = new ManualClock(Date.now());
    const ca = new TestCa("test-ca", () => clock.now());
    const store = new DynamoStore(table, dynamo.clientConfig, clock);
    const metrics = new MetricStore();
    const lines: Record<string, unknown>[] = [];
    const journal = new Journal("test", clock, (line) => {
      if (metrics.ingest(line) === 0) lines.push(JSON.parse(line));
    });
    const monitorTable = new DynamoMonitorTable(table, dynamo.clientConfig);
    const context = {
      clock,
      table: monitorTable,
      journal,
      addresses: ADDRESSES,
      cnameTarget: "lb.certfront.test",
      cas: [{ name: "test-ca", caaIdentities: ["ca.test"] }],
      httpsPort: first.port,
      timeScale: 1,
      handshake: tlsHandshake,
      dns: publicDns([dns.server]),
      hasTime: () => true,
    };
    return {
      clock,
      ca,
      store,
      lines,
      logged: (message: string) => lines.filter((line) => line.message === message),
      sweep: () =>
        sweep({
          ...context,
          startBatch: async (batch) => void (await checkShards(batch, context)),
        }),
      metric: (metric: string, statistic = "Sum", dimensions: Record<string, string> = {}) =>
        metrics.statistics({
          namespace: "certfront",
          metric,
          dimensions: { stack: "test", ...dimensions },
          statistic,
          periodSeconds: 3600,
          from: clock.now() - HOUR / 2,
          to: clock.now() + HOUR / 2,
        })[0]?.value,
      /** An active tenant, its certificate stored an hour ago. */
      async active(domain: string, certificate: TestCertificate, changes: Partial<TenantRecord> = {}) {
        const record = tenantRecord(domain, clock.now() - HOUR, {
          tenant: tenant(domain, { aliases: certificate.summary.names.slice(1) }),
          state: "active",
          certificate: certificate.summary,
          ...changes,
        });
        await store.createTenant(record);
        await dns.setA(domain, ADDRESSES);
      },
    };
  }

  test("finds a healthy tenant healthy at every address and in public, and says so in metrics and in the table", async () => {
    const { ca, active, sweep, metric, store, lines, clock } = await stack();
    const certificate = ca.issue(["good.example", "www.good.example"]);
    await active("good.example", certificate);
    await dns.setA("www.good.example", [ADDRESSES[0]]);
    for (const server of [first, second]) {
      for (const name of certificate.summary.names) server.serve(name, certificate);
    }

    await sweep();

    expect(metric(METRICS.namesChecked)).toBe(2);
    expect(metric(METRICS.namesUnreachable)).toBe(0);
    expect(metric(METRICS.servedMismatches)).toBe(0);
    expect(metric(METRICS.dnsWarnings)).toBe(0);
    expect(metric(METRICS.monitorHeartbeat)).toBe(SHARDS);
    expect(metric(METRICS.daysToExpiryMin, "Minimum")).toBeCloseTo(90 - 1 / 24, 2);
    expect(metric(METRICS.overdueFractionMax, "Maximum")).toBe(0);
    expect(metric(METRICS.tenantsByState, "Maximum", { state: "active" })).toBe(1);
    expect(lines.filter(({ level }) => level === "WARN")).toEqual([]);
    const served = await store.servedState("good.example");
    expect(served).toMatchObject({ checkedAt: clock.now(), notAfter: certificate.summary.notAfter });
    expect(served?.renewalCheck).toEqual({ checkedAt: clock.now() });
    expect(served?.names.map(({ name, at, ok, serial }) => [name, at, ok, serial])).toEqual([
      ["good.example", "127.0.0.1", true, certificate.summary.serial],
      ["good.example", "127.0.0.2", true, certificate.summary.serial],
      ["www.good.example", "127.0.0.1", true, certificate.summary.serial],
      ["www.good.example", "127.0.0.2", true, certificate.summary.serial],
      ["good.example", "public", true, undefined],
      ["www.good.example", "public", true, undefined],
    ]);
  });
});
