import { type Clock, systemClock } from "../core/base/clock";
import { type ReadHeartbeats, readHeartbeats } from "../core/record/heartbeat";
import { readIndexEntry } from "../core/record/index-entry";
import type { FrontItem, Heartbeat, Lane, ServedState, TenantRecord } from "../core/record/record";
import { readServedState } from "../core/record/served-state";
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
} from "../core/record/store";
import { WriteConflictError } from "../core/record/update";
import { AwsClient, type AwsOptions } from "../wire/aws/client";
import { DYNAMODB } from "../wire/aws/services";
import { absent, allOf, anyOf, below, equal, expired } from "./conditions";
import { heartbeatItem, heartbeatItems } from "./heartbeat-items";
import { domainOf, frontDomainOf, isOf, plain, tenantFrom, tenantItem, ttl } from "./items";
import { DUE_SHARDS, duePk, FRONT_REVISIONS, type ItemKey, keys, LEADING, LIST_SHARDS, listPk } from "./keys";
import { expiryOf } from "./retention";
import { INDEXES } from "./schema";
import { type Item, Table } from "./table";

/** Items of one page of `frontItemsSince`: what one BatchGetItem fetches. */
const FRONT_PAGE = 100;

/** The store of a deployed stack: one DynamoDB table (store/schema.ts), single-item conditional writes only. */
export class DynamoStore implements Store {
  private readonly table: Table;

  /**
   * @param tableName the table, created by store/schema.ts's TABLE_SCHEMA
   * @param api DynamoDB, or how to reach it where that is not as the environment says
   */
  constructor(
    tableName: string,
    api: AwsOptions | AwsClient = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.table = new Table(api instanceof AwsClient ? api : new AwsClient(DYNAMODB, api), tableName);
  }

  async tenant(domain: string): Promise<TenantRecord | undefined> {
    const item = await this.live(keys.tenant(domain));
    return item && tenantFrom(item);
  }

  createTenant(record: TenantRecord): Promise<boolean> {
    return this.table.put(tenantItem(record), anyOf(absent, expired(this.clock.now())));
  }

  async saveTenant(next: TenantRecord, leaseId?: string): Promise<void> {
    const unchanged = equal("version", next.version - 1);
    const condition = leaseId === undefined ? unchanged : allOf(unchanged, equal("lease.id", leaseId));
    const put = await this.table.putOrTell(tenantItem(next), condition);
    if (put.written) return;
    const { stored } = put;
    throw new WriteConflictError(next.tenant.domain, stored && this.isLive(stored) ? tenantFrom(stored) : undefined);
  }

  async due(lane: Lane, now: number, limit: number): Promise<readonly { domain: string; nextActionAt: number }[]> {
    const shards = await Promise.all(
      range(DUE_SHARDS).map((shard) =>
        this.table.query({
          index: INDEXES.due,
          hash: ["duePk", duePk(lane, shard)],
          range: ["dueAt", "<=", now],
          limit,
        }),
      ),
    );
    return shards
      .flatMap((page) => page.items)
      .filter((item) => isOf(LEADING.tenants, item))
      .map((item) => ({ domain: domainOf(item), nextActionAt: Number(item.dueAt) }))
      .sort((a, b) => a.nextActionAt - b.nextActionAt)
      .slice(0, limit);
  }

  async listTenants(cursor?: string, limit?: number): Promise<Page<TenantIndexEntry>> {
    let { shard, inShard } = parseListCursor(cursor);
    for (; shard < LIST_SHARDS; shard++, inShard = undefined) {
      const page = await this.table.query({
        index: INDEXES.tenants,
        hash: ["listPk", listPk(shard)],
        cursor: inShard,
        limit,
      });
      const own = page.items.filter((item) => isOf(LEADING.tenants, item));
      const items = own.map((item) => readIndexEntry(item, domainOf(item)));
      const last = page.cursor === undefined && shard === LIST_SHARDS - 1;
      if (items.length > 0 || last) return { items, ...(!last && { cursor: listCursor(shard, page.cursor) }) };
    }
    return { items: [] };
  }

  async putOrderSecret(secret: OrderSecret): Promise<void> {
    await this.put(keys.orderSecret(secret.domain, secret.id), secret, expiryOf.orderSecret(secret));
  }

  async orderSecret(domain: string, id: string): Promise<OrderSecret | undefined> {
    const item = await this.live(keys.orderSecret(domain, id));
    return item && plain<OrderSecret>(item);
  }

  deleteOrderSecret(domain: string, id: string): Promise<void> {
    return this.table.delete(keys.orderSecret(domain, id));
  }

  async putCertificate(certificate: StoredCertificate): Promise<void> {
    const key = keys.certificate(certificate.domain, certificate.summary);
    await this.put(key, certificate, expiryOf.certificate(certificate));
  }

  deleteCertificate({ domain, summary }: StoredCertificate): Promise<void> {
    return this.table.delete(keys.certificate(domain, summary));
  }

  async certificates(domain: string): Promise<readonly StoredCertificate[]> {
    const items = await this.all(`${LEADING.certificates}${domain}`, true);
    return items.map((item) => plain<StoredCertificate>(item));
  }

  async frontItem(domain: string): Promise<FrontItem | undefined> {
    const item = await this.live(keys.front(domain));
    return item && plain<FrontItem>(item);
  }

  putFrontItem(item: FrontItem): Promise<boolean> {
    return this.table.put(
      { ...keys.front(item.domain), revPk: FRONT_REVISIONS, ...item, ...ttl(expiryOf.front(item)) },
      anyOf(absent, below("revision", item.revision)),
    );
  }

  async frontItemsSince(
    since: number,
    cursor?: string,
    held: (domain: string, revision: number) => boolean = () => false,
  ): Promise<Page<FrontItem>> {
    const page = await this.table.query({
      index: INDEXES.revision,
      hash: ["revPk", FRONT_REVISIONS],
      range: ["revision", ">=", since],
      limit: FRONT_PAGE,
      cursor,
    });
    const own = page.items.filter((item) => isOf(LEADING.fronts, item));
    const wanted = own.filter((item) => !held(frontDomainOf(item), Number(item.revision)));
    const items = await this.table.batchGet(wanted.map((item) => ({ pk: String(item.pk), sk: String(item.sk) })));
    return {
      items: items
        .filter((item) => this.isLive(item))
        // Whose it is says its key.
        .map((item) => ({ ...plain<FrontItem>(item), domain: frontDomainOf(item) }))
        .sort((a, b) => a.revision - b.revision),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
    };
  }

  async sealingProgress(): Promise<SealingProgress | undefined> {
    const item = await this.table.get(keys.sealing);
    return item && plain<SealingProgress>(item);
  }

  async putSealingProgress(progress: SealingProgress): Promise<void> {
    await this.table.put({ ...keys.sealing, ...progress });
  }

  deleteTicketKeys(): Promise<void> {
    return this.table.delete(keys.tickets);
  }

  async renewalRound(): Promise<RenewalRound | undefined> {
    const item = await this.table.get(keys.round);
    return item && plain<RenewalRound>(item);
  }

  putRenewalRound(round: RenewalRound, previous: RenewalRound): Promise<boolean> {
    return this.table.put({ ...keys.round, ...round }, anyOf(absent, equal("next", previous.next)));
  }

  async putHeartbeat(heartbeat: Heartbeat): Promise<void> {
    await this.table.put(heartbeatItem(heartbeat));
  }

  async removeHeartbeat(front: Pick<Heartbeat, "front" | "role">): Promise<void> {
    await this.table.delete(keys.heartbeat(front));
  }

  async heartbeats(now: number, maxAgeMs: number): Promise<readonly Heartbeat[]> {
    const { heartbeats } = await this.readHeartbeats(now);
    return heartbeats.filter((heartbeat) => heartbeat.at >= now - maxAgeMs);
  }

  async skippedHeartbeats(now: number): Promise<number> {
    return (await this.readHeartbeats(now)).skipped;
  }

  /** Not trusted: each front writes its own. */
  private async readHeartbeats(now: number): Promise<ReadHeartbeats> {
    const items = await heartbeatItems(this.table);
    return readHeartbeats(
      items.filter((item) => this.isLive(item)),
      now,
    );
  }

  async bucket(id: string): Promise<BucketLevel | undefined> {
    const item = await this.live(keys.bucket(id));
    return item && plain<BucketLevel>(item);
  }

  putBucket(id: string, next: BucketLevel): Promise<boolean> {
    const first = anyOf(absent, expired(this.clock.now()));
    return this.table.put(
      { ...keys.bucket(id), ...next, ...ttl(expiryOf.bucket(next)) },
      next.version === 1 ? first : equal("version", next.version - 1),
    );
  }

  async outage(ca: string): Promise<CaOutage | undefined> {
    const item = await this.live(keys.outage(ca));
    return item && plain<CaOutage>(item);
  }

  putOutage(outage: CaOutage): Promise<boolean> {
    const first = anyOf(absent, expired(this.clock.now()));
    return this.table.put(
      { ...keys.outage(outage.ca), ...outage, ...ttl(expiryOf.outage(outage)) },
      outage.version === 1 ? first : equal("version", outage.version - 1),
    );
  }

  async batchLeases(): Promise<readonly BatchLease[]> {
    const items = await this.all(LEADING.batches);
    return items.map((item) => plain<BatchLease>(item));
  }

  putBatchLease(lease: BatchLease, only: { freeAt: number } | { holder: string }): Promise<boolean> {
    const condition = "holder" in only ? equal("holder", only.holder) : anyOf(absent, below("until", only.freeAt + 1));
    return this.table.put({ ...keys.batch(lease.slot), ...lease }, condition);
  }

  async appliedList(): Promise<AppliedList | undefined> {
    const item = await this.table.get(keys.list);
    return item && plain<AppliedList>(item);
  }

  async putAppliedList(list: AppliedList): Promise<void> {
    await this.table.put({ ...keys.list, ...list });
  }

  async accountUrl(account: string): Promise<string | undefined> {
    const url = (await this.table.get(keys.account(account)))?.url;
    // Anything else is as good as none: the CA tells it again.
    return typeof url === "string" ? url : undefined;
  }

  async putAccountUrl(account: string, url: string): Promise<void> {
    await this.table.put({ ...keys.account(account), url });
  }

  async servedState(domain: string): Promise<ServedState | undefined> {
    const item = await this.table.get(keys.served(domain));
    return readServedState(item);
  }

  async putServedState(state: ServedState): Promise<void> {
    await this.table.put({ ...keys.served(state.domain), ...state });
  }

  private async put(key: ItemKey, item: object, expiresAt: number): Promise<void> {
    await this.table.put({ ...key, ...item, ...ttl(expiresAt) });
  }

  private async live(key: ItemKey): Promise<Item | undefined> {
    const item = await this.table.get(key);
    return item && this.isLive(item) ? item : undefined;
  }

  /** TTL deletes up to days late, so the time is checked on every read. */
  private isLive(item: Item): boolean {
    return typeof item.ttl !== "number" || item.ttl * 1000 > this.clock.now();
  }

  private async all(pk: string, newestFirst = false): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.table.query({ hash: ["pk", pk], newestFirst, cursor });
      items.push(...page.items.filter((item) => this.isLive(item)));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return items;
  }
}

function listCursor(shard: number, inShard: string | undefined): string {
  return inShard === undefined ? String(shard + 1) : `${shard}.${inShard}`;
}

function parseListCursor(cursor = "0"): { shard: number; inShard: string | undefined } {
  const [shard, inShard] = cursor.split(".");
  return { shard: Number(shard), inShard };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
