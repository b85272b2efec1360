import type { Judged } from "../../core/status/attention";
import { FRONTS_WITHIN } from "../../core/status/front-view";
import { factsOf, type TenantView, tenantView } from "../../core/status/view";
import type { ConsoleSources } from "./sources";
import type { Snapshot } from "./tenant-snapshot";
import { causeOf, commonCauses } from "./trouble";
import type { TenantsView } from "./views";

export const PAGE_SIZE = 25;

/**
 * One page of the tenants that match: `search` in a name, `show` an attention level, a state or a cause; `sort` by `domain`, `since`, `expires` or
 * `renews`, the other way with a minus in front, else worst first.
 */
export function tenantsPage(snapshot: Snapshot, query: URLSearchParams): TenantsView {
  const { at, heartbeats, counts } = snapshot;
  const search = searched(query.get("search") ?? "");
  const show = query.get("show") ?? "";
  const matching = sorted(snapshot, query.get("sort") ?? "").filter((entry) => matches(entry, search, show, at));
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(query.get("page"))) || 1));
  const shown = matching.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  return {
    tenants: shown.map(({ tenant }) => tenantView(tenant, heartbeats, at)),
    seen: Object.fromEntries(
      shown
        .filter(({ tenant, level }) => (level === "broken" || level === "warning") && !tenant.reason)
        .map(({ tenant }) => [tenant.domain, causeOf(tenant, at)]),
    ),
    common: commonCauses(snapshot.trouble),
    matching: matching.length,
    page,
    pages,
    counts,
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

/** Part of a name, also out of a pasted address. */
function searched(typed: string): string {
  return typed
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/[/?#].*$/, "");
}

type Key = (entry: Judged) => number | string;

/** What there is not comes last. */
const KEYS: Readonly<Record<string, Key>> = {
  domain: ({ tenant }) => tenant.domain,
  since: ({ tenant }) => tenant.since,
  expires: ({ tenant }) => tenant.certificate?.notAfter ?? Number.MAX_SAFE_INTEGER,
  renews: ({ tenant }) => tenant.renewal?.renewAt ?? Number.MAX_SAFE_INTEGER,
};

/** Sorting many takes longer than all else: once for each reading. */
const orders = new WeakMap<Snapshot, Map<string, readonly Judged[]>>();

function sorted(snapshot: Snapshot, sort: string): readonly Judged[] {
  const key = Object.hasOwn(KEYS, sort.replace(/^-/, "")) ? KEYS[sort.replace(/^-/, "")] : undefined;
  if (!key) return snapshot.entries;
  const known = orders.get(snapshot) ?? new Map<string, readonly Judged[]>();
  orders.set(snapshot, known);
  const order = known.get(sort) ?? inOrder(snapshot.entries, key, sort.startsWith("-") ? -1 : 1);
  known.set(sort, order);
  return order;
}

function inOrder(entries: readonly Judged[], key: Key, way: 1 | -1): Judged[] {
  const compare = (a: Judged, b: Judged) => {
    const [of, than] = [key(a), key(b)];
    return of === than ? 0 : of < than ? -way : way;
  };
  return [...entries].sort(compare);
}

function matches({ tenant, level }: Judged, search: string, show: string, now: number): boolean {
  if (search !== "" && !tenant.names.some((name) => name.includes(search))) return false;
  if (show === "") return true;
  if (level === show || tenant.state === show || tenant.reason?.code === show) return true;
  return (level === "broken" || level === "warning") && causeOf(tenant, now) === show;
}
