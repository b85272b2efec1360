import { HOUR } from "../../core/base/clock";
import type { Reason } from "../../core/record/reason";
import type { TenantRecord } from "../../core/record/record";
import { checkShards, type Remaining } from "../../lambdas/expiry-monitor/check-shards";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import { tlsHandshake } from "../../lambdas/expiry-monitor/handshake";
import { DynamoMonitorTable } from "../../lambdas/expiry-monitor/monitor-table";
import { publicDns } from "../../lambdas/expiry-monitor/public-dns";
import { sweep } from "../../lambdas/expiry-monitor/sweep";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import { type LocalDns, startDns } from "../../local/process/parts/dns";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { ManualClock } from "../../testing/manual-clock";
import { tenant, tenantRecord } from "../../testing/records";
import { SniServer } from "../../testing/sni-server";

/** The load balancer's addresses. Those behind them are node:tls servers in place of fronts; all else is the real part. */
export const ADDRESSES = ["127.0.0.1", "127.0.0.2"] as const;

/** What all tests of a file share: a DynamoDB, a DNS server, and a server at each address. */
export interface MonitorWorld {
  readonly dynamo: LocalDynamoDb;
  readonly dns: LocalDns;
  readonly fronts: readonly [SniServer, SniServer];
  stop(): Promise<void>;
}

export async function startMonitorWorld(): Promise<MonitorWorld> {
  const [dynamo, dns, first] = await Promise.all([
    startDynamoDb(),
    startDns({ defaultIpv4: "" }),
    SniServer.start(ADDRESSES[0]),
  ]);
  const second = await SniServer.start(ADDRESSES[1], first.port);
  return {
    dynamo,
    dns,
    fronts: [first, second],
    stop: async () => {
      await Promise.all([dynamo.stop(), dns.stop(), first.stop(), second.stop()]);
    },
  };
}

export type MonitorStack = Awaited<ReturnType<typeof startMonitorStack>>;

let tables = 0;

/** A table of its own, and the monitor on it. */
export async function startMonitorStack({ dynamo, dns, fronts }: MonitorWorld) {
  const table = `monitor-${process.pid}-${++tables}`;
  await dynamo.createTable(table, TABLE_SCHEMA);
  const clock = new ManualClock(Date.now());
  const ca = new TestCa("test-ca", () => clock.now());
  const store = new DynamoStore(table, dynamo.clientConfig, clock);
  const metrics = new MetricStore();
  const lines: Record<string, unknown>[] = [];
  const journal = new Journal("test", clock, (line) => {
    if (metrics.ingest(line) === 0) lines.push(JSON.parse(line));
  });
  const context = {
    clock,
    table: new DynamoMonitorTable(table, dynamo.clientConfig),
    journal,
    addresses: ADDRESSES,
    cnameTarget: "lb.certfront.test",
    cas: [{ name: "test-ca", caaIdentities: ["ca.test"] }],
    httpsPort: fronts[0].port,
    timeScale: 1,
    handshake: tlsHandshake,
    dns: publicDns([dns.server]),
    hasTime: () => true,
  };
  return {
    clock,
    ca,
    store,
    context,
    lines,
    logged: (message: string) => lines.filter((line) => line.message === message),
    /** An hourly sweep, its batches one after the other. */
    async sweep(changes: Partial<typeof context> = {}) {
      const changed = { ...context, ...changes };
      const batches: Remaining[] = [];
      await sweep({ ...changed, startBatch: async (batch) => void batches.push(batch) });
      for (const batch of batches) await checkShards(batch, changed);
    },
    /** A statistic over the last half hour. */
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
    /** An active tenant whose certificate was stored an hour ago, its names pointing at both addresses. */
    async active(domain: string, certificate: TestCertificate, changes: Partial<TenantRecord> = {}) {
      const names = certificate.summary.names;
      const record = tenantRecord(domain, clock.now() - HOUR, {
        tenant: tenant(domain, { aliases: names.slice(1) }),
        state: "active",
        certificate: certificate.summary,
        ...changes,
      });
      await store.createTenant(record);
      for (const name of names) dns.set(name, { a: ADDRESSES });
    },
    /** Both fronts serve this certificate for its names. */
    serve(certificate: TestCertificate) {
      for (const front of fronts) for (const name of certificate.summary.names) front.serve(name, certificate);
    },
    problemsOf: async (domain: string) =>
      ((await store.servedState(domain))?.names ?? []).flatMap(({ name, at, problem }) =>
        problem === undefined ? [] : [`${name} at ${at}: ${problem}`],
      ),
    renewalProblemOf: async (domain: string): Promise<Reason | undefined> =>
      (await store.servedState(domain))?.renewalCheck?.reason,
  };
}
