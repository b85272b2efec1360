import { createHash } from "node:crypto";
import type { CertificateSummary, Lane } from "../core/record/record";

/** Primary key of an item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Key of each kind of item. The leading part is what IAM tells apart by `dynamodb:LeadingKeys`. */
export const keys = {
  tenant: (domain: string): ItemKey => ({ pk: `TENANT#${domain}`, sk: "TENANT" }),
  orderSecret: (domain: string, id: string): ItemKey => ({ pk: `ORDER#${domain}`, sk: id }),
  certificate: (domain: string, summary: CertificateSummary): ItemKey => ({
    pk: `CERT#${domain}`,
    sk: `${String(summary.notBefore).padStart(15, "0")}#${summary.serial}`,
  }),
  front: (domain: string): ItemKey => ({ pk: `FRONT#${domain}`, sk: "FRONT" }),
  challenge: (token: string): ItemKey => ({ pk: `CHALLENGE#${token}`, sk: "CHALLENGE" }),
  bucket: (id: string): ItemKey => ({ pk: `LIMIT#${id}`, sk: "LIMIT" }),
  outage: (ca: string): ItemKey => ({ pk: `OUTAGE#${ca}`, sk: "OUTAGE" }),
  account: (account: string): ItemKey => ({ pk: `ACCOUNT#${account}`, sk: "ACCOUNT" }),
  tickets: { pk: "TICKETS", sk: "TICKETS" } satisfies ItemKey,
  heartbeat: (front: string): ItemKey => ({ pk: "HEARTBEAT", sk: front }),
  served: (domain: string): ItemKey => ({ pk: `SERVED#${domain}`, sk: "SERVED" }),
};

/** Spreads the writes of an index over partitions; a reader asks each shard. */
export const DUE_SHARDS = 4;
export const LIST_SHARDS = 16;
/** The one partition of the revision index. */
export const FRONT_REVISIONS = "FRONT";

export const duePk = (lane: Lane, shard: number): string => `${lane}#${shard}`;
export const listPk = (shard: number): string => String(shard).padStart(2, "0");

/** Which of `shards` a domain lies in. Even, and the same for ever. */
export function shardOf(domain: string, shards: number): number {
  return createHash("sha256").update(domain).digest().readUInt32BE(0) % shards;
}
