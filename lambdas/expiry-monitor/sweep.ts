import type { Clock } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { readHeartbeats } from "../../core/record/heartbeat";
import { outdatedFronts } from "../../core/record/outdated-fronts";
import { type Heartbeat, TENANT_STATES } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import type { Remaining } from "./check-shards";
import type { Journal } from "./emf";
import { LateTenants, present, staleFronts } from "./fronts";
import { type MonitorTable, SHARDS } from "./monitor-table";
import { waitingSince } from "./waiting";

export interface SweepContext {
  readonly clock: Clock;
  readonly table: MonitorTable;
  readonly journal: Journal;
  /** Starts a batch; it runs by itself. */
  readonly startBatch: (batch: Remaining) => Promise<void>;
}

/** Batches of a sweep that run beside each other. A new AWS account runs 10 functions at once, and issuing must not wait for this. */
export const LANES = 2;

/** Tenants that wait are listed by name, those that wait longest; a bulk import would fill the log with all of them. */
const WAITING_LISTED = 50;

/** Starts the batches of handshakes, then counts all tenants as the index has them. */
export async function sweep(context: SweepContext): Promise<{ tenants: number; batches: number }> {
  const batches = lanes();
  for (const shards of batches) await context.startBatch({ shards });
  const { heartbeats, skipped } = readHeartbeats(await context.table.heartbeats(), context.clock.now());
  if (skipped > 0) context.journal.log("WARN", "heartbeats that are none were skipped", { skipped });
  const late = new LateTenants(heartbeats, context.clock.now());
  const tenants = await countTenants(context, late);
  countFronts(heartbeats, late, context);
  return { tenants, batches: batches.length };
}

function lanes(): number[][] {
  const all = Array.from({ length: SHARDS }, (_, shard) => shard);
  return Array.from({ length: LANES }, (_, lane) => all.filter((shard) => shard % LANES === lane));
}

/** Gauges, so they come from one place: counts from several batches would add up to more than there is. */
async function countTenants({ clock, table, journal }: SweepContext, late: LateTenants): Promise<number> {
  const now = clock.now();
  const byState = new Map<string, number>(TENANT_STATES.map((state) => [state, 0]));
  const byReason = new Map<string, number>();
  const waiting: { entry: TenantIndexEntry; since: number }[] = [];
  let tenants = 0;
  for (let shard = 0; shard < SHARDS; shard += 1) {
    let cursor: string | undefined;
    do {
      const page = await table.tenants(shard, cursor);
      cursor = page.cursor;
      for (const entry of page.items) {
        tenants += 1;
        late.add(entry);
        byState.set(entry.state, (byState.get(entry.state) ?? 0) + 1);
        if (entry.reason) byReason.set(entry.reason.code, (byReason.get(entry.reason.code) ?? 0) + 1);
        const since = waitingSince(entry, now);
        if (since !== undefined) waiting.push({ entry, since });
      }
    } while (cursor !== undefined);
  }
  for (const [state, value] of byState) {
    journal.metrics([{ name: METRICS.tenantsByState, value, unit: "Count" }], { state });
  }
  for (const [reason, value] of byReason) {
    journal.metrics([{ name: METRICS.tenantsByReason, value, unit: "Count" }], { reason });
  }
  reportWaiting(waiting, now, journal);
  return tenants;
}

function reportWaiting(
  waiting: readonly { entry: TenantIndexEntry; since: number }[],
  now: number,
  journal: Journal,
): void {
  const waited = (since: number) => Math.max(0, (now - since) / 1000);
  const oldestFirst = [...waiting].sort((a, b) => a.since - b.since);
  const [oldest] = oldestFirst;
  journal.metrics([{ name: METRICS.oldestPendingSeconds, value: oldest ? waited(oldest.since) : 0, unit: "Seconds" }]);
  for (const { entry, since } of oldestFirst.slice(0, WAITING_LISTED)) {
    const { domain, state, reason } = entry;
    journal.log("INFO", "tenant waits", {
      tenant: domain,
      waitedSeconds: waited(since),
      state,
      reason: reason?.code,
      sentence: reason?.sentence,
    });
  }
}

function countFronts(heartbeats: readonly Heartbeat[], late: LateTenants, { clock, journal }: SweepContext): void {
  const stale = staleFronts(heartbeats, clock.now(), late);
  const outdated = outdatedFronts(present(heartbeats, clock.now()));
  journal.metrics([
    { name: METRICS.frontsStale, value: stale.length, unit: "Count" },
    { name: METRICS.frontsOutdated, value: outdated.length, unit: "Count" },
  ]);
  for (const { front, problem } of stale) journal.log("WARN", "front has a problem", { front, problem });
  for (const { front, software } of outdated)
    journal.log("WARN", "front runs what an update has replaced", { front, software });
}
