import { createHash } from "node:crypto";
import type { CertificateSummary, Heartbeat, Lane } from "../core/record/record";

/** Primary key of an item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** What each kind of item's partition key begins with, or is: what IAM tells apart by `dynamodb:LeadingKeys`. */
export const LEADING = {
  tenants: "TENANT#",
  orders: "ORDER#",
  certificates: "CERT#",
  fronts: "FRONT#",
  limits: "LIMIT#",
  outages: "OUTAGE#",
  batches: "BATCH",
  lists: "LIST",
  accounts: "ACCOUNT#",
  tickets: "TICKETS",
  rings: "KEYRING",
  sealing: "SEALING",
  round: "ROUND",
  heartbeats: "HEARTBEAT#",
  /** One key for all fronts, as agents write it from before each had its own. */
  sharedHeartbeats: "HEARTBEAT",
  served: "SERVED#",
} as const;
export type ItemKind = keyof typeof LEADING;

/** Sort key of a front's one heartbeat. */
export const OWN_HEARTBEAT = "HEARTBEAT";

/** Key of each kind of item. */
export const keys = {
  tenant: (domain: string): ItemKey => ({ pk: `${LEADING.tenants}${domain}`, sk: "TENANT" }),
  orderSecret: (domain: string, id: string): ItemKey => ({ pk: `${LEADING.orders}${domain}`, sk: id }),
  certificate: (domain: string, summary: CertificateSummary): ItemKey => ({
    pk: `${LEADING.certificates}${domain}`,
    sk: `${String(summary.notBefore).padStart(15, "0")}#${summary.serial}`,
  }),
  front: (domain: string): ItemKey => ({ pk: `${LEADING.fronts}${domain}`, sk: "FRONT" }),
  bucket: (id: string): ItemKey => ({ pk: `${LEADING.limits}${id}`, sk: "LIMIT" }),
  outage: (ca: string): ItemKey => ({ pk: `${LEADING.outages}${ca}`, sk: "OUTAGE" }),
  batch: (slot: number): ItemKey => ({ pk: LEADING.batches, sk: String(slot) }),
  list: { pk: LEADING.lists, sk: "LIST" } satisfies ItemKey,
  account: (account: string): ItemKey => ({ pk: `${LEADING.accounts}${account}`, sk: "ACCOUNT" }),
  tickets: { pk: LEADING.tickets, sk: "TICKETS" } satisfies ItemKey,
  ring: { pk: LEADING.rings, sk: "KEYRING" } satisfies ItemKey,
  sealing: { pk: LEADING.sealing, sk: "SEALING" } satisfies ItemKey,
  round: { pk: LEADING.round, sk: "ROUND" } satisfies ItemKey,
  /** Ends with what IAM knows the writer as (`aws:userid`), so that each can be kept to its own. */
  heartbeat: ({ front, role }: Pick<Heartbeat, "front" | "role">): ItemKey =>
    role === undefined
      ? { pk: LEADING.sharedHeartbeats, sk: front }
      : { pk: `${LEADING.heartbeats}${role}:${front}`, sk: OWN_HEARTBEAT },
  served: (domain: string): ItemKey => ({ pk: `${LEADING.served}${domain}`, sk: "SERVED" }),
};

/** Spreads the writes of an index over partitions; a reader asks each shard. */
export const DUE_SHARDS = 4;
export const LIST_SHARDS = 16;
/** Partitions of the revision index: what fronts have not seen yet, and the heartbeats, which lie under as many keys as there are fronts. */
export const FRONT_REVISIONS = "FRONT";
export const HEARTBEATS = "HEARTBEAT";

export const duePk = (lane: Lane, shard: number): string => `${lane}#${shard}`;
export const listPk = (shard: number): string => String(shard).padStart(2, "0");

/** Which of `shards` a domain lies in. Even, and the same for ever. */
export function shardOf(domain: string, shards: number): number {
  return createHash("sha256").update(domain).digest().readUInt32BE(0) % shards;
}
