import type { Tenant } from "../tenant/tenant";
import type { Reason } from "./reason";
import type {
  CertificateSummary,
  FrontItem,
  Heartbeat,
  Lane,
  RenewalPlan,
  ServedState,
  TenantRecord,
  TenantState,
  TicketKeys,
} from "./record";

/** One line of the tenants index: no secrets, enough for status, monitoring and apply's comparison. Eventually consistent. */
export interface TenantIndexEntry {
  readonly domain: string;
  readonly names: readonly string[];
  readonly state: TenantState;
  readonly since: number;
  readonly reason?: Reason;
  readonly certificate?: CertificateSummary;
  readonly renewal?: RenewalPlan;
  readonly nextActionAt?: number;
  readonly revision: number;
  /** Hash of the tenant's configuration. */
  readonly configHash: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Pass back to go on; absent on the last page. */
  readonly cursor?: string;
}

/** The private key (sealed, core/seal) and CSR of an order under way. Written before newOrder, so that a crash never strands an order. */
export interface OrderSecret {
  readonly id: string;
  readonly domain: string;
  readonly key: string;
  readonly csr: string;
  /** ms; removed by TTL afterwards. */
  readonly expiresAt: number;
}

/** A certificate in a tenant's history, with its key, sealed (core/seal). */
export interface StoredCertificate {
  readonly domain: string;
  readonly summary: CertificateSummary;
  readonly chain: string;
  readonly key: string;
}

/** A CA that failed, as long as it is remembered. */
export interface CaOutage {
  readonly ca: string;
  /** In a row, without a success between them. */
  readonly failures: number;
  /** Domains of the last tenants that it failed since then; two are enough to know that it is not one tenant's trouble. */
  readonly tenants: readonly string[];
  /** When to ask the CA again, ms. */
  readonly until: number;
  /** When the next order may ask it although it counts as down, ms. */
  readonly probeAt: number;
  /** Until when a limit of the whole account is used up, ms; 0: none is. */
  readonly limitedUntil: number;
  readonly version: number;
}

/** A token bucket's level (core/ca/limits decides; the store only keeps). */
export interface BucketLevel {
  readonly tokens: number;
  /** ms. */
  readonly updatedAt: number;
  readonly version: number;
}

/** Tenants' records and what of them is listed. Not for anything secret: the issuer's record goes to logs and to people. */
export interface TenantStore {
  tenant(domain: string): Promise<TenantRecord | undefined>;
  /** Creates the record; false if it exists already. */
  createTenant(record: TenantRecord): Promise<boolean>;
  /**
   * Writes `next` if the stored record still has `next.version - 1`, and (when `leaseId` is given) still carries that
   * lease. Records in state `removed` expire 30 days after `since`. Not for a change that may be tried again: core/record/update.
   * @throws WriteConflictError
   */
  saveTenant(next: TenantRecord, leaseId?: string): Promise<void>;
  /** Domains due at `now` in a lane, soonest first, at most `limit`. Costs what is due, never what exists. */
  due(lane: Lane, now: number, limit: number): Promise<readonly { domain: string; nextActionAt: number }[]>;
  /** @param limit of one page; default: as many as there come at once */
  listTenants(cursor?: string, limit?: number): Promise<Page<TenantIndexEntry>>;
}

/** Private keys: of orders under way, and of certificates until they are superseded everywhere. */
export interface CertificateStore {
  putOrderSecret(secret: OrderSecret): Promise<void>;
  orderSecret(domain: string, id: string): Promise<OrderSecret | undefined>;
  deleteOrderSecret(domain: string, id: string): Promise<void>;
  putCertificate(certificate: StoredCertificate): Promise<void>;
  deleteCertificate(certificate: StoredCertificate): Promise<void>;
  /** Newest first. */
  certificates(domain: string): Promise<readonly StoredCertificate[]>;
}

/** What fronts read. */
export interface FrontFeed {
  frontItem(domain: string): Promise<FrontItem | undefined>;
  /** Writes if the stored item's revision is lower; false when it is not. */
  putFrontItem(item: FrontItem): Promise<boolean>;
  /**
   * Items whose revision is at or above `since`, oldest first. Ids from an index, items read strongly consistent.
   * @param held asked for every id the index shows; true leaves the item out and unread, so that looking back costs no item reads
   */
  frontItemsSince(
    since: number,
    cursor?: string,
    held?: (domain: string, revision: number) => boolean,
  ): Promise<Page<FrontItem>>;
}

/** What no backup may hold, or need hold: in a table of its own, which has none. */
export interface TransientStore {
  ticketKeys(): Promise<TicketKeys | undefined>;
  /** Replaces `previous` (compared by rotatedAt); false when somebody else rotated first. */
  putTicketKeys(next: TicketKeys, previous: TicketKeys | undefined): Promise<boolean>;
  /** Data keys that fronts have opened, sealed (core/seal/key-ring.ts). */
  keyRing(): Promise<string | undefined>;
  putKeyRing(ring: string): Promise<void>;
}

/** How far the keys of a stack from before keys were sealed are, in their walk through all tenants. */
export interface SealingProgress {
  readonly cursor?: string;
  readonly done: boolean;
}

/** What is known of the CAs: limits used up, outages, our accounts. */
export interface CaState {
  bucket(id: string): Promise<BucketLevel | undefined>;
  /** Compare-and-set on `version`; false when somebody else was first. */
  putBucket(id: string, next: BucketLevel): Promise<boolean>;
  outage(ca: string): Promise<CaOutage | undefined>;
  /** Compare-and-set on `version`; false when somebody else was first. */
  putOutage(outage: CaOutage): Promise<boolean>;
  /** By the CA's directory and the account's key (acme/account-name.ts). */
  accountUrl(account: string): Promise<string | undefined>;
  putAccountUrl(account: string, url: string): Promise<void>;
}

/** How far the round through all tenants is in which CAs are asked when to renew. */
export interface RenewalRound {
  /** ms. */
  readonly startedAt: number;
  /** When it goes on, ms. */
  readonly next: number;
  /** Where; absent: at its beginning. */
  readonly cursor?: string;
}

/** A place among the batches under way, and until when, ms, its holder has it. */
export interface BatchLease {
  readonly slot: number;
  readonly holder: string;
  readonly until: number;
}

/** Which batches are under way. */
export interface BatchLeases {
  batchLeases(): Promise<readonly BatchLease[]>;
  /** Writes where the slot is free at that time, or where that holder has it; false where not. */
  putBatchLease(lease: BatchLease, only: { readonly freeAt: number } | { readonly holder: string }): Promise<boolean>;
}

/** The tenant list that was applied last, or is being applied. */
export interface AppliedList {
  /** Of the list, lower-case hex. */
  readonly sha256: string;
  /** ms; until then an invocation may be writing from it. */
  readonly writingUntil: number;
}

/** Which list is the newest. */
export interface AppliedLists {
  appliedList(): Promise<AppliedList | undefined>;
  putAppliedList(list: AppliedList): Promise<void>;
}

/** What fronts say of themselves, and what the monitor saw being served. */
export interface Sightings {
  putHeartbeat(heartbeat: Heartbeat): Promise<void>;
  /** The end of a front that leaves. */
  removeHeartbeat(front: Pick<Heartbeat, "front" | "role">): Promise<void>;
  /** Heartbeats not older than `maxAgeMs`. */
  heartbeats(now: number, maxAgeMs: number): Promise<readonly Heartbeat[]>;
  /** How many items lie among the heartbeats and are none (core/record/heartbeat.ts). */
  skippedHeartbeats(now: number): Promise<number>;
  servedState(domain: string): Promise<ServedState | undefined>;
  putServedState(state: ServedState): Promise<void>;
}

/**
 * All state of a stack. Every write is a single-item conditional write; nothing here is a transaction. Reads of one item
 * are strongly consistent, index reads are not. Implemented on DynamoDB and in memory; one contract suite runs on both.
 */
export interface Store extends TenantStore, CertificateStore, FrontFeed, CaState, BatchLeases, AppliedLists, Sightings {
  sealingProgress(): Promise<SealingProgress | undefined>;
  putSealingProgress(progress: SealingProgress): Promise<void>;
  /** Of a stack from before ticket keys had a table without backups: takes them out of this one. */
  deleteTicketKeys(): Promise<void>;
  renewalRound(): Promise<RenewalRound | undefined>;
  /** Replaces `previous` (compared by `next`), or what is not there yet; false when somebody else was first. */
  putRenewalRound(round: RenewalRound, previous: RenewalRound): Promise<boolean>;
}

/** A tenant as `apply` stores it the first time. */
export function newTenantRecord(tenant: Tenant, now: number): TenantRecord {
  return {
    tenant,
    state: "pending-dns",
    reason: { code: "WAITING", sentence: `${tenant.domain} was just added and has not been looked at yet.` },
    since: now,
    lane: "new",
    nextActionAt: now,
    failures: 0,
    revision: now,
    version: 1,
  };
}
