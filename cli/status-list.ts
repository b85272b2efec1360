import type { ReasonCode } from "../core/record/reason";
import type { Heartbeat, TenantState } from "../core/record/record";
import type { TenantIndexEntry } from "../core/record/store";
import { compareAttention } from "../core/status/attention";
import { TenantCounter, type TenantCounts } from "../core/status/counts";
import { type FrontView, FrontViews } from "../core/status/front-view";
import type { StatusStore } from "./clients";

export interface ListFilter {
  readonly state?: TenantState;
  readonly reason?: ReasonCode;
  readonly limit: number;
}

export interface TenantList {
  readonly tenants: readonly TenantIndexEntry[];
  /** There are more that match; at least one. */
  readonly more: boolean;
}

export interface Summary extends TenantList {
  readonly fronts: readonly FrontView[];
  readonly counts: TenantCounts;
}

/** The first tenants that match, in the index's order; pages no further than needed. */
export async function listTenants(store: StatusStore, filter: ListFilter): Promise<TenantList> {
  const tenants: TenantIndexEntry[] = [];
  for await (const tenant of everyTenant(store)) {
    if (filter.state !== undefined && tenant.state !== filter.state) continue;
    if (filter.reason !== undefined && tenant.reason?.code !== filter.reason) continue;
    if (tenants.length === filter.limit) return { tenants, more: true };
    tenants.push(tenant);
  }
  return { tenants, more: false };
}

/**
 * Counts of all tenants, the `limit` worst ones, and the fronts against all. Reads the whole index once; holds only what it shows.
 * @param heartbeats of fronts that tenants are to be served by
 * @param known of all fronts to show
 */
export async function summarise(
  store: StatusStore,
  heartbeats: readonly Heartbeat[],
  known: readonly Heartbeat[],
  limit: number,
  now: number,
  progress: (read: number) => void,
): Promise<Summary> {
  const fronts = new FrontViews(known, now);
  const counter = new TenantCounter(heartbeats, now);
  const worstFirst = compareAttention(heartbeats, now);
  let worst: TenantIndexEntry[] = [];
  let total = 0;
  let listed = 0;
  for await (const tenant of everyTenant(store)) {
    total += 1;
    counter.add(tenant);
    fronts.add(tenant);
    // Nobody waits for those: they are counted, and listed where they are asked for (--state removed).
    if (tenant.state === "removed") continue;
    listed += 1;
    worst.push(tenant);
    // Sorted rarely and cut: memory stays at a few times the limit, whatever the number of tenants.
    if (worst.length >= limit * 4) worst = worst.sort(worstFirst).slice(0, limit);
    if (total % 10_000 === 0) progress(total);
  }
  return {
    counts: counter.counts(),
    fronts: fronts.views(),
    tenants: worst.sort(worstFirst).slice(0, limit),
    more: listed > limit,
  };
}

/** The tenants index, page by page. */
export async function* everyTenant(store: StatusStore): AsyncGenerator<TenantIndexEntry> {
  let cursor: string | undefined;
  do {
    const page = await store.listTenants(cursor);
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
