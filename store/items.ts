import { DamagedRecordError, isRecord } from "../core/record/damaged";
import type { TenantRecord } from "../core/record/record";
import { configHash } from "../core/tenant/hash";
import { namesOf } from "../core/tenant/tenant";
import { DUE_SHARDS, duePk, type ItemKey, keys, LEADING, LIST_SHARDS, listPk, shardOf } from "./keys";
import { expiryOf, ttlSeconds } from "./retention";
import type { Item } from "./table";

/** Attributes that only the table and its indexes need. */
const TECHNICAL = ["pk", "sk", "ttl", "duePk", "dueAt", "listPk", "revPk"];

/** A tenant's record as it lies in the table. */
export function tenantItem(record: TenantRecord): ItemKey & Item {
  const { domain } = record.tenant;
  return {
    ...keys.tenant(domain),
    ...record,
    domain,
    names: namesOf(record.tenant),
    configHash: configHash(record.tenant),
    listPk: listPk(shardOf(domain, LIST_SHARDS)),
    ...(record.nextActionAt !== undefined && {
      duePk: duePk(record.lane, shardOf(domain, DUE_SHARDS)),
      dueAt: record.nextActionAt,
    }),
    ...ttl(expiryOf.tenant(record)),
  };
}

/** @throws CertfrontError where it is none: with the tenant's name, for nobody else's is touched by it */
export function tenantFrom(item: Item): TenantRecord {
  const { domain, names, configHash, ...record } = plain<
    TenantRecord & Record<"domain" | "names" | "configHash", unknown>
  >(item);
  if (!isRecord(record)) throw new DamagedRecordError(domainOf(item));
  return record;
}

/** The item as it was put, without what the table added. Items are written by the store only, hence trusted to be T. */
export function plain<T>(item: Item): T {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !TECHNICAL.includes(name))) as T;
}

export function ttl(expiresAt: number | undefined): { ttl?: number } {
  return expiresAt === undefined ? {} : { ttl: ttlSeconds(expiresAt) };
}

/** Roles are held apart by an item's key, not by its attributes: one that may write a heartbeat could put it into any index. */
export function isOf(prefix: string, item: Item): boolean {
  return String(item.pk).startsWith(prefix);
}

export function domainOf(item: Item): string {
  return String(item.pk).slice(LEADING.tenants.length);
}

export function frontDomainOf(item: Item): string {
  return String(item.pk).slice(LEADING.fronts.length);
}
