import { DAY } from "../core/base/clock";
import type { FrontItem, Heartbeat, TenantRecord } from "../core/record/record";
import type { BucketLevel, CaOutage, OrderSecret, StoredCertificate } from "../core/record/store";

/** How long a removed tenant's record, its last certificate and the fronts' tombstone are kept. */
export const REMOVED_KEPT_MS = 30 * DAY;

/** When an item's time is over, ms since the epoch; undefined: it stays. Readers treat it as gone from then on. */
export const expiryOf = {
  tenant: (record: TenantRecord) => (record.state === "removed" ? record.since + REMOVED_KEPT_MS : undefined),
  orderSecret: (secret: OrderSecret) => secret.expiresAt,
  certificate: (certificate: StoredCertificate) => certificate.summary.notAfter + REMOVED_KEPT_MS,
  front: (item: FrontItem) => (item.removed ? item.revision + REMOVED_KEPT_MS : undefined),
  /** Every modelled limit has long refilled by then, so a bucket of a name that is gone does not stay for ever. */
  bucket: (level: BucketLevel) => level.updatedAt + 30 * DAY,
  outage: (outage: CaOutage) => Math.max(outage.until, outage.limitedUntil) + 30 * DAY,
  heartbeat: (heartbeat: Heartbeat) => heartbeat.at + DAY,
};

/** The TTL attribute's value: seconds, rounded up so that DynamoDB never deletes early. */
export function ttlSeconds(expiresAt: number): number {
  return Math.ceil(expiresAt / 1000);
}
