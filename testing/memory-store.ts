import { type Clock, systemClock } from "../core/base/clock";
import { readHeartbeats } from "../core/record/heartbeat";
import type { FrontItem, Heartbeat, Lane, ServedState, TenantRecord, TicketKeys } from "../core/record/record";
import type {
  AppliedList,
  BatchLease,
  BucketLevel,
  CaOutage,
  OrderSecret,
  Page,
  RenewalRound,
  SealingProgress,
  Store,
  StoredCertificate,
  TenantIndexEntry,
  TransientStore,
} from "../core/record/store";
import { WriteConflictError } from "../core/record/update";
import { factsOf } from "../core/status/view";
import { configHash } from "../core/tenant/hash";
import { expiryOf, ttlSeconds } from "../store/retention";

/** A map of copies, frozen, that forgets what is past its time, as the table seems to. */
class ExpiringMap<T extends object> {
  private readonly items = new Map<string, T>();

  constructor(
    private readonly clock: Clock,
    private readonly expiry: (item: T) => number | undefined = () => undefined,
  ) {}

  get(key: string): T | undefined {
    const item = this.items.get(key);
    if (item === undefined) return undefined;
    const expiresAt = this.expiry(item);
    if (expiresAt !== undefined && ttlSeconds(expiresAt) * 1000 <= this.clock.now()) return undefined;
    return item;
  }

  put(key: string, item: T): void {
    this.items.set(key, frozen(item));
  }

  delete(key: string): void {
    this.items.delete(key);
  }

  all(): T[] {
    return [...this.items.keys()].flatMap((key) => this.get(key) ?? []);
  }
}

/** A deep copy without what is undefined. What is frozen already came from here, and is shared. */
function frozen<V>(value: V): V {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const copy = Array.isArray(value)
    ? value.map(frozen)
    : Object.fromEntries(
        Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, frozen(one)]])),
      );
  return Object.freeze(copy) as V;
}

/** The store contract in memory, for tests of what uses a store; the contract suite holds it equal to DynamoStore. */
export class MemoryStore implements Store, TransientStore {
  private readonly tenants: ExpiringMap<TenantRecord>;
  private readonly secrets: ExpiringMap<OrderSecret>;
  private readonly history: ExpiringMap<StoredCertificate>;
  private readonly fronts: ExpiringMap<FrontItem>;
  private readonly beats: ExpiringMap<Heartbeat>;
  private readonly buckets: ExpiringMap<BucketLevel>;
  private readonly outages: ExpiringMap<CaOutage>;
  private readonly accounts: ExpiringMap<{ url: string }>;
  private readonly lists: ExpiringMap<AppliedList>;
  private readonly served: ExpiringMap<ServedState>;
  private readonly tickets: ExpiringMap<TicketKeys>;

  private round: RenewalRound | undefined;
  private sealing: SealingProgress | undefined;
  private ring: string | undefined;
  /** What another program, or an attacker with a front's rights, wrote beside the heartbeats. */
  readonly foreignHeartbeats: unknown[] = [];
  private readonly batches = new Map<number, BatchLease>();

  constructor(clock: Clock = systemClock) {
    this.tenants = new ExpiringMap(clock, expiryOf.tenant);
    this.secrets = new ExpiringMap(clock, expiryOf.orderSecret);
    this.history = new ExpiringMap(clock, expiryOf.certificate);
    this.fronts = new ExpiringMap(clock, expiryOf.front);
    this.beats = new ExpiringMap(clock, expiryOf.heartbeat);
    this.buckets = new ExpiringMap(clock, expiryOf.bucket);
    this.outages = new ExpiringMap(clock, expiryOf.outage);
    this.accounts = new ExpiringMap(clock);
    this.lists = new ExpiringMap(clock);
    this.served = new ExpiringMap(clock);
    this.tickets = new ExpiringMap(clock);
  }

  async tenant(domain: string): Promise<TenantRecord | undefined> {
    return this.tenants.get(domain);
  }

  async createTenant(record: TenantRecord): Promise<boolean> {
    if (this.tenants.get(record.tenant.domain)) return false;
    this.tenants.put(record.tenant.domain, record);
    return true;
  }

  async saveTenant(next: TenantRecord, leaseId?: string): Promise<void> {
    const { domain } = next.tenant;
    const stored = this.tenants.get(domain);
    const unchanged = stored?.version === next.version - 1;
    const leased = leaseId === undefined || stored?.lease?.id === leaseId;
    if (!unchanged || !leased) throw new WriteConflictError(domain, stored);
    this.tenants.put(domain, next);
  }

  async due(lane: Lane, now: number, limit: number): Promise<readonly { domain: string; nextActionAt: number }[]> {
    return this.tenants
      .all()
      .flatMap(({ tenant, lane: inLane, nextActionAt }) =>
        inLane === lane && nextActionAt !== undefined && nextActionAt <= now
          ? [{ domain: tenant.domain, nextActionAt }]
          : [],
      )
      .sort((a, b) => a.nextActionAt - b.nextActionAt)
      .slice(0, limit);
  }

  async listTenants(cursor = "0", limit = Number.MAX_SAFE_INTEGER): Promise<Page<TenantIndexEntry>> {
    const all = this.tenants.all().map(indexEntry);
    const [from, to] = [Number(cursor), Number(cursor) + limit];
    return { items: all.slice(from, to), ...(to < all.length && { cursor: String(to) }) };
  }

  async putOrderSecret(secret: OrderSecret): Promise<void> {
    this.secrets.put(`${secret.domain} ${secret.id}`, secret);
  }

  async orderSecret(domain: string, id: string): Promise<OrderSecret | undefined> {
    return this.secrets.get(`${domain} ${id}`);
  }

  async deleteOrderSecret(domain: string, id: string): Promise<void> {
    this.secrets.delete(`${domain} ${id}`);
  }

  async sealingProgress(): Promise<SealingProgress | undefined> {
    return this.sealing;
  }

  async putSealingProgress(progress: SealingProgress): Promise<void> {
    this.sealing = progress;
  }

  async renewalRound(): Promise<RenewalRound | undefined> {
    return this.round;
  }

  async putRenewalRound(round: RenewalRound, previous: RenewalRound): Promise<boolean> {
    if (this.round && this.round.next !== previous.next) return false;
    this.round = round;
    return true;
  }

  async deleteCertificate({ domain, summary }: StoredCertificate): Promise<void> {
    this.history.delete(`${domain} ${summary.serial}`);
  }

  async putCertificate(certificate: StoredCertificate): Promise<void> {
    this.history.put(`${certificate.domain} ${certificate.summary.serial}`, certificate);
  }

  async certificates(domain: string): Promise<readonly StoredCertificate[]> {
    return this.history
      .all()
      .filter((certificate) => certificate.domain === domain)
      .sort((a, b) => b.summary.notBefore - a.summary.notBefore);
  }

  async frontItem(domain: string): Promise<FrontItem | undefined> {
    return this.fronts.get(domain);
  }

  async putFrontItem(item: FrontItem): Promise<boolean> {
    const stored = this.fronts.get(item.domain);
    if (stored && stored.revision >= item.revision) return false;
    this.fronts.put(item.domain, item);
    return true;
  }

  async frontItemsSince(
    since: number,
    _cursor?: string,
    held: (domain: string, revision: number) => boolean = () => false,
  ): Promise<Page<FrontItem>> {
    const items = this.fronts.all().filter((item) => item.revision >= since && !held(item.domain, item.revision));
    return { items: items.sort((a, b) => a.revision - b.revision) };
  }

  async ticketKeys(): Promise<TicketKeys | undefined> {
    return this.tickets.get("");
  }

  async putTicketKeys(next: TicketKeys, previous: TicketKeys | undefined): Promise<boolean> {
    if (this.tickets.get("")?.rotatedAt !== previous?.rotatedAt) return false;
    this.tickets.put("", next);
    return true;
  }

  async deleteTicketKeys(): Promise<void> {}

  async keyRing(): Promise<string | undefined> {
    return this.ring;
  }

  async putKeyRing(ring: string): Promise<void> {
    this.ring = ring;
  }

  async putHeartbeat(heartbeat: Heartbeat): Promise<void> {
    this.beats.put(`${heartbeat.role}:${heartbeat.front}`, heartbeat);
  }

  async removeHeartbeat({ front, role }: Pick<Heartbeat, "front" | "role">): Promise<void> {
    this.beats.delete(`${role}:${front}`);
  }

  async heartbeats(now: number, maxAgeMs: number): Promise<readonly Heartbeat[]> {
    const { heartbeats } = readHeartbeats(this.heartbeatItems(), now);
    return heartbeats.filter((heartbeat) => heartbeat.at >= now - maxAgeMs);
  }

  async skippedHeartbeats(now: number): Promise<number> {
    return readHeartbeats(this.heartbeatItems(), now).skipped;
  }

  /** As they lie in the table. */
  heartbeatItems(): unknown[] {
    return [...this.beats.all(), ...this.foreignHeartbeats];
  }

  async bucket(id: string): Promise<BucketLevel | undefined> {
    return this.buckets.get(id);
  }

  async putBucket(id: string, next: BucketLevel): Promise<boolean> {
    if ((this.buckets.get(id)?.version ?? 0) !== next.version - 1) return false;
    this.buckets.put(id, next);
    return true;
  }

  async outage(ca: string): Promise<CaOutage | undefined> {
    return this.outages.get(ca);
  }

  async putOutage(outage: CaOutage): Promise<boolean> {
    if ((this.outages.get(outage.ca)?.version ?? 0) !== outage.version - 1) return false;
    this.outages.put(outage.ca, outage);
    return true;
  }

  async batchLeases(): Promise<readonly BatchLease[]> {
    return [...this.batches.values()];
  }

  async putBatchLease(lease: BatchLease, only: { freeAt: number } | { holder: string }): Promise<boolean> {
    const stored = this.batches.get(lease.slot);
    const allowed = "holder" in only ? stored?.holder === only.holder : !stored || stored.until <= only.freeAt;
    if (allowed) this.batches.set(lease.slot, lease);
    return allowed;
  }

  async appliedList(): Promise<AppliedList | undefined> {
    return this.lists.get("");
  }

  async putAppliedList(list: AppliedList): Promise<void> {
    this.lists.put("", list);
  }

  async accountUrl(account: string): Promise<string | undefined> {
    return this.accounts.get(account)?.url;
  }

  async putAccountUrl(account: string, url: string): Promise<void> {
    this.accounts.put(account, { url });
  }

  async servedState(domain: string): Promise<ServedState | undefined> {
    return this.served.get(domain);
  }

  async putServedState(state: ServedState): Promise<void> {
    this.served.put(state.domain, state);
  }
}

function indexEntry(record: TenantRecord): TenantIndexEntry {
  return { ...factsOf(record), configHash: configHash(record.tenant) };
}
