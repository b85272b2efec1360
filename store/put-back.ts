import { inParallel } from "../core/base/in-parallel";
import { isSealed } from "../core/seal/envelope";
import { absent, type Condition, equal } from "./conditions";
import { type ItemKey, keys, LEADING } from "./keys";
import type { Item, Table } from "./table";

/** What became of a backup's items. */
export interface PutBack {
  /** Written, because they were missing. */
  missing: number;
  /** Written over what was there. */
  changed: number;
  /** Were there as they are in the backup, or later ones that count. */
  kept: number;
  /** Over by now, and left out. */
  expired: number;
}

/** Items whose past state is wanted; of all others (limits, outages, leases, heartbeats, ticket keys) the present is the truth. */
const WANTED = [LEADING.tenants, LEADING.fronts, LEADING.certificates];
const WIDTH = 50;
/** How often somebody else may be faster with one item. */
const MOST_TRIES = 10;

/**
 * Puts items of a backup back into a table that lives on. A front item that changes gets a revision of now, or fronts, which look at what is newer than all they
 * have, would not see it; a tenant's record a version above both, or a worker with the one of the same number could write over it.
 * @param now ms since the epoch
 */
export async function putBack(items: readonly (ItemKey & Item)[], table: Table, now: number): Promise<PutBack> {
  const counts: PutBack = { missing: 0, changed: 0, kept: 0, expired: 0 };
  const live = items.filter(({ ttl }) => ttl === undefined || Number(ttl) * 1_000 > now);
  counts.expired = items.length - live.length;
  const present = new Map((await table.batchGet(live)).map((item) => [idOf(item), item]));
  await inParallel(live, WIDTH, async (item) => {
    const there = present.get(idOf(item));
    counts[await putOne(withSealedKeys(item, there), there, table, now)]++;
  });
  // Keys of a backup from before keys were sealed: the issuer walks through all tenants once more.
  if (live.some((item) => keysIn(item).some(({ key }) => !isSealed(key)))) {
    await table.put({ ...keys.sealing, done: false });
  }
  return counts;
}

async function putOne(
  item: ItemKey & Item,
  seen: Item | undefined,
  table: Table,
  now: number,
): Promise<"missing" | "changed" | "kept"> {
  let there = seen;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    if (there && (!isWanted(item) || isSame(item, there) || isRenewed(item, there))) return "kept";
    if (await table.put(ahead(item, there, now), there ? unchanged(there) : absent))
      return there ? "changed" : "missing";
    there = await table.get(item);
  }
  throw new Error(`${item.pk} is written by somebody else again and again; stop the issuer's schedules first.`);
}

function ahead(item: ItemKey & Item, there: Item | undefined, now: number): ItemKey & Item {
  if (item.pk.startsWith(LEADING.fronts)) return { ...item, revision: Math.max(now, Number(there?.revision ?? 0) + 1) };
  if (item.pk.startsWith(LEADING.tenants) && there) {
    return { ...item, version: Math.max(Number(item.version), Number(there.version)) + 1 };
  }
  return item;
}

/** By what each kind counts its writes; a certificate is never written twice. */
function unchanged({ version, revision, pk }: Item): Condition {
  if (String(pk).startsWith(LEADING.tenants)) return equal("version", Number(version));
  if (String(pk).startsWith(LEADING.fronts)) return equal("revision", Number(revision));
  return equal("pk", String(pk));
}

const isWanted = ({ pk }: ItemKey) => WANTED.some((leading) => pk.startsWith(leading));

/** Whether what is there goes on from the backup: the tenant is no less there, and its certificate ends later. */
function isRenewed(item: Item, there: Item): boolean {
  if (there.removed === true || there.state === "removed") return false;
  return endOf(there) > endOf(item);
}

/** ms since the epoch; a front's item has its certificate a level deeper than a tenant's record. */
function endOf({ certificate }: Item): number {
  const { notAfter, summary } = (certificate ?? {}) as { notAfter?: unknown; summary?: { notAfter?: unknown } };
  return Number(notAfter ?? summary?.notAfter ?? 0);
}

interface HeldKey {
  readonly fingerprint: unknown;
  readonly key: string;
}

/** Private keys in an item: a certificate's own, or those that fronts are given. */
function keysIn(item: Item): HeldKey[] {
  const { certificate, further = [] } = item as { certificate?: unknown; further?: readonly unknown[] };
  return [item, certificate, ...further].flatMap((holder) => {
    const { summary, key } = (holder ?? {}) as { summary?: { fingerprint?: unknown }; key?: unknown };
    return typeof key === "string" && summary ? [{ fingerprint: summary.fingerprint, key }] : [];
  });
}

/** The backup's item with keys as the table has them, which has sealed since what the backup has in PEM. */
function withSealedKeys<T extends Item>(item: T, there: Item | undefined): T {
  const held = there ? keysIn(there) : [];
  return keysIn(item).reduce((text, { key, fingerprint }) => {
    const now = isSealed(key) ? undefined : held.find((one) => one.fingerprint === fingerprint);
    return now
      ? (JSON.parse(JSON.stringify(text).replaceAll(JSON.stringify(key), JSON.stringify(now.key))) as T)
      : text;
  }, item);
}

/** But for what counts writes. */
function isSame(one: Item, other: Item): boolean {
  const plain = ({ version: _version, revision: _revision, ...rest }: Item) => JSON.stringify(sorted(rest));
  return plain(one) === plain(other);
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

const idOf = ({ pk, sk }: Item) => `${pk} ${sk}`;
