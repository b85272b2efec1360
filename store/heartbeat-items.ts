import type { Heartbeat } from "../core/record/record";
import { isOf, ttl } from "./items";
import { HEARTBEATS, type ItemKey, keys, LEADING, OWN_HEARTBEAT } from "./keys";
import { expiryOf } from "./retention";
import { INDEXES } from "./schema";
import type { Item, Table } from "./table";

/** A heartbeat as it lies in the table, in an index where all can be found. */
export function heartbeatItem(heartbeat: Heartbeat): ItemKey & Item {
  return { ...keys.heartbeat(heartbeat), ...heartbeat, revPk: HEARTBEATS, ...ttl(expiryOf.heartbeat(heartbeat)) };
}

/** As they lie in the table, by whomever they were written: under each front's own key, and under the one they once shared. */
export async function heartbeatItems(table: Table): Promise<Item[]> {
  const [own, shared] = await Promise.all([
    all(table, { index: INDEXES.revision, hash: ["revPk", HEARTBEATS] }).then((found) =>
      // One for each front: a front may write many items under its own key, and into any index.
      found.filter((item) => isOf(LEADING.heartbeats, item) && item.sk === OWN_HEARTBEAT),
    ),
    all(table, { hash: ["pk", LEADING.sharedHeartbeats] }),
  ]);
  return [...(await table.batchGet(own.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })))), ...shared];
}

async function all(table: Table, query: Parameters<Table["query"]>[0]): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await table.query({ ...query, cursor });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}
