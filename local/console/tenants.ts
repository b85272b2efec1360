import type { Heartbeat } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { attention } from "../../core/status/attention";
import { FRONTS_WITHIN } from "../../core/status/front-view";
import { factsOf, type TenantView, tenantView } from "../../core/status/view";
import type { ConsoleSources } from "./sources";
import type { Snapshot } from "./tenant-snapshot";
import type { TenantsView } from "./views";

export const PAGE_SIZE = 25;

/** One page of the tenants that match: `search` in a name, `show` an attention level, a state or a reason code. */
export async function tenantsPage(
  sources: ConsoleSources,
  snapshot: Snapshot,
  query: URLSearchParams,
): Promise<TenantsView> {
  const now = sources.clock.now();
  const search = (query.get("search") ?? "").trim().toLowerCase();
  const show = query.get("show") ?? "";
  const heartbeats = await sources.store.heartbeats(now, FRONTS_WITHIN);
  const matching = snapshot.tenants.filter((tenant) => matches(tenant, search, show, heartbeats, now));
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(query.get("page"))) || 1));
  return {
    tenants: matching
      .slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
      .map((tenant) => tenantView(tenant, heartbeats, now)),
    matching: matching.length,
    page,
    pages,
    counts: snapshot.counts,
  };
}

/** One tenant with what the monitor saw; undefined when there is none. */
export async function tenantDetail(sources: ConsoleSources, domain: string): Promise<TenantView | undefined> {
  const now = sources.clock.now();
  const [record, served, heartbeats] = await Promise.all([
    sources.store.tenant(domain),
    sources.store.servedState(domain),
    sources.store.heartbeats(now, FRONTS_WITHIN),
  ]);
  return record && tenantView(factsOf(record), heartbeats, now, served);
}

function matches(
  tenant: TenantIndexEntry,
  search: string,
  show: string,
  heartbeats: readonly Heartbeat[],
  now: number,
): boolean {
  if (search !== "" && !tenant.names.some((name) => name.includes(search))) return false;
  if (show === "") return true;
  return attention(tenant, heartbeats, now) === show || tenant.state === show || tenant.reason?.code === show;
}
