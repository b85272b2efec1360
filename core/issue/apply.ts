import type { Clock } from "../base/clock";
import { inParallel } from "../base/in-parallel";
import type { TenantRecord } from "../record/record";
import { newTenantRecord, type Store, type TenantIndexEntry } from "../record/store";
import { update } from "../record/update";
import { configHash } from "../tenant/hash";
import { checkRemovals } from "../tenant/removals";
import { namesOf, type Tenant } from "../tenant/tenant";
import { checkTakeovers } from "./takeovers";

export interface Applied {
  readonly tenants: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Tenants that the time was too short for: the same list applied again goes on. */
  readonly left: number;
}

/** What a list may do that is more often a mistake. */
export interface Allowed {
  /** How many tenants may go at once where they are many. */
  readonly allowRemovals?: number;
  /** Names that may have another tenant than the one that left with them. */
  readonly allowTakeovers?: readonly string[];
}

/** Writes at once. A table on demand takes thousands per second; this leaves room for the fronts. */
const WIDTH = 50;

/**
 * Brings the stored tenants to the configured list: writes what differs and nothing else. The work that follows from it
 * (orders, what fronts serve) is left to reconcile, so that one writer at a time holds each tenant.
 * @param tenants the whole list, valid
 * @param goesOn asked before each tenant; where it says no, nothing more is written, and `left` says how much is not
 * @throws CertfrontError when many tenants go, or a name was another's, and that is not allowed; nothing is written then
 */
export async function applyTenants(
  tenants: readonly Tenant[],
  store: Store,
  clock: Clock,
  { allowRemovals = 0, allowTakeovers = [] }: Allowed = {},
  goesOn: () => Promise<boolean> = async () => true,
): Promise<Applied> {
  const stored = await storedTenants(store);
  const configured = new Set(tenants.map(({ domain }) => domain));
  const served = [...stored.values()].filter(({ state }) => state !== "removed");
  const left = served.filter(({ domain }) => !configured.has(domain));
  checkRemovals(
    left.map(({ domain }) => domain),
    served.length,
    allowRemovals,
  );
  await checkTakeovers(tenants, stored, allowTakeovers, store);
  const counts = { tenants: tenants.length, added: 0, changed: 0, removed: 0, left: 0 };
  const late = async () => !(await goesOn()) && ++counts.left > 0;
  await inParallel(tenants, WIDTH, async (tenant) => {
    const entry = stored.get(tenant.domain);
    if (entry && entry.state !== "removed" && entry.configHash === configHash(tenant)) return;
    if (await late()) return;
    const wrote = await upsert(tenant, store, clock);
    if (wrote !== "unchanged") counts[wrote]++;
  });
  await inParallel(left, WIDTH, async ({ domain }) => {
    if (await late()) return;
    if (await change(domain, store, (record) => removed(record, clock.now()))) counts.removed++;
  });
  return counts;
}

async function storedTenants(store: Store): Promise<Map<string, TenantIndexEntry>> {
  const stored = new Map<string, TenantIndexEntry>();
  let cursor: string | undefined;
  do {
    const page = await store.listTenants(cursor);
    for (const entry of page.items) stored.set(entry.domain, entry);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return stored;
}

async function upsert(tenant: Tenant, store: Store, clock: Clock): Promise<"added" | "changed" | "unchanged"> {
  if (await store.createTenant(newTenantRecord(tenant, clock.now()))) return "added";
  const written = await change(tenant.domain, store, (record) => reconfigured(record, tenant, clock.now()));
  return written ? "changed" : "unchanged";
}

/** The index may lag behind, so the record itself decides whether there is something to change. */
async function change(
  domain: string,
  store: Store,
  next: (record: TenantRecord) => TenantRecord | undefined,
): Promise<boolean> {
  const record = await store.tenant(domain);
  return record !== undefined && (await update(store, record, next)) !== undefined;
}

/** Other names make an order under way pointless; a new key type asks for a new certificate; policy alone needs no order. */
function reconfigured(record: TenantRecord, tenant: Tenant, now: number): TenantRecord | undefined {
  if (record.state !== "removed" && configHash(record.tenant) === configHash(tenant)) return undefined;
  const {
    order,
    renewal,
    reason,
    avoidCas: _forgiven,
    refusedNames: _tried,
    search: _over,
    caFailures: _counted,
    ...rest
  } = record;
  const sameNames = namesOf(tenant).join() === namesOf(record.tenant).join();
  const newKey = tenant.keyType !== record.tenant.keyType;
  const keepOrder = order && sameNames && !newKey && record.state !== "removed";
  const changed: TenantRecord = {
    ...rest,
    tenant,
    failures: 0,
    nextActionAt: now,
    revision: Math.max(now, record.revision + 1),
    ...(keepOrder && { order }),
    ...(renewal && { renewal: newKey ? { ...renewal, renewAt: now, source: "requested" as const } : renewal }),
    ...(reason && { reason }),
  };
  return record.state === "removed" || record.state === "quarantined" ? revived(changed, now) : changed;
}

/** A tenant that comes back goes on with the certificate it had, if there is one. */
function revived(record: TenantRecord, now: number): TenantRecord {
  const reason = {
    code: "WAITING",
    sentence: `${record.tenant.domain} was changed and has not been looked at yet.`,
  } as const;
  return record.certificate
    ? { ...record, state: "renewing", since: now, reason, lane: "renewal" }
    : { ...record, state: "pending-dns", since: now, reason, lane: "new" };
}

function removed(record: TenantRecord, now: number): TenantRecord | undefined {
  if (record.state === "removed") return undefined;
  const { order: _dropped, ...rest } = record;
  return {
    ...rest,
    state: "removed",
    reason: { code: "REMOVED", sentence: `${record.tenant.domain} was taken out of the configuration.` },
    since: now,
    lane: "renewal",
    nextActionAt: now,
    revision: Math.max(now, record.revision + 1),
  };
}
