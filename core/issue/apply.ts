import type { Clock } from "../base/clock";
import { inParallel } from "../base/in-parallel";
import type { TenantRecord } from "../record/record";
import { newTenantRecord, type Store, type TenantIndexEntry } from "../record/store";
import { update } from "../record/update";
import { configHash } from "../tenant/hash";
import { isAnothers } from "../tenant/ownership";
import { checkRemovals } from "../tenant/removals";
import { namesOf, type Tenant } from "../tenant/tenant";
import { type Inheritance, Succession, withInheritance } from "./succession";
import { checkTakeovers } from "./takeovers";
import { Unwritten } from "./unwritten";

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
 * @throws CertfrontError when many tenants go, or a name was another's, and that is not allowed; nothing is written then.
 * Also when some could not be written, naming them; the others are
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
  const succession = new Succession(tenants, stored.values(), store, clock.now());
  checkRemovals(
    left.filter((entry) => !succession.livesOn(entry)).map(({ domain }) => domain),
    served.length,
    allowRemovals,
  );
  await checkTakeovers(tenants, stored, allowTakeovers, store);
  const counts = { tenants: tenants.length, added: 0, changed: 0, removed: 0, left: 0 };
  const late = async () => !(await goesOn()) && ++counts.left > 0;
  const unwritten = new Unwritten();
  await inParallel(tenants, WIDTH, async (tenant) => {
    const entry = stored.get(tenant.domain);
    if (entry && entry.state !== "removed" && entry.configHash === configHash(tenant)) return;
    if (await late()) return;
    await unwritten.past(tenant.domain, async () => {
      const wrote = await upsert(tenant, store, clock, succession);
      if (wrote !== "unchanged") counts[wrote]++;
    });
  });
  // Before anybody goes: one that was not written may be the heir of one that goes.
  unwritten.tell();
  await inParallel(left, WIDTH, async ({ domain }) => {
    if (await late()) return;
    await unwritten.past(domain, async () => {
      if (await change(domain, store, (record) => removed(record, clock.now(), succession))) counts.removed++;
    });
  });
  unwritten.tell();
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

async function upsert(
  tenant: Tenant,
  store: Store,
  clock: Clock,
  succession: Succession,
): Promise<"added" | "changed" | "unchanged"> {
  const inheritance = await succession.inherited(tenant);
  for (const certificate of inheritance.certificates) await store.putCertificate(certificate);
  const now = clock.now();
  if (await store.createTenant(startOf(tenant, inheritance, now))) return "added";
  const written = await change(tenant.domain, store, (record) => {
    const changed = reconfigured(record, tenant, now, succession);
    return changed && withInheritance(changed, inheritance, now);
  });
  return written ? "changed" : "unchanged";
}

/** One that goes on with another tenant's certificate is no new customer: it does not queue with those. */
function startOf(tenant: Tenant, inheritance: Inheritance, now: number): TenantRecord {
  const record = withInheritance(newTenantRecord(tenant, now), inheritance, now);
  return record.certificate ? revived(record, now) : record;
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
function reconfigured(
  record: TenantRecord,
  tenant: Tenant,
  now: number,
  succession: Succession,
): TenantRecord | undefined {
  if (record.state === "removed" && isAnothers(record.tenant, tenant)) return afresh(record, tenant, now);
  if (record.state !== "removed" && configHash(record.tenant) === configHash(tenant)) return undefined;
  const {
    order,
    renewal,
    reason,
    avoidCas: _forgiven,
    refusedNames: _tried,
    search: _over,
    caFailures: _counted,
    heirs: _before,
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
    ...succession.heirsOf(record, tenant),
    ...(keepOrder && { order }),
    ...(renewal && { renewal: newKey ? { ...renewal, renewAt: now, source: "requested" as const } : renewal }),
    ...(reason && { reason }),
  };
  return record.state === "removed" || record.state === "quarantined" ? revived(changed, now) : changed;
}

/** Another customer's: nothing of the one before is theirs, above all no certificate. */
function afresh({ version, revision }: TenantRecord, tenant: Tenant, now: number): TenantRecord {
  return { ...newTenantRecord(tenant, now), version, revision: Math.max(now, revision + 1) };
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

function removed(record: TenantRecord, now: number, succession: Succession): TenantRecord | undefined {
  if (record.state === "removed") return undefined;
  const { order: _dropped, heirs: _before, ...rest } = record;
  return {
    ...rest,
    ...succession.heirsOf(record, undefined),
    state: "removed",
    reason: { code: "REMOVED", sentence: `${record.tenant.domain} was taken out of the configuration.` },
    since: now,
    lane: "renewal",
    nextActionAt: now,
    revision: Math.max(now, record.revision + 1),
  };
}
