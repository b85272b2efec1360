import type { Page } from "../core/record/store";
import { type Attributes, type AttributeValue, fromAttributes, toAttributes } from "../wire/aws/attribute-values";
import { type AwsClient, AwsError } from "../wire/aws/client";
import type { Condition } from "./conditions";
import type { ItemKey } from "./keys";

export type Item = Readonly<Record<string, unknown>>;

/** A query on the table or one of its indexes; keys as `name, value`, the range key with its comparison. */
export interface TableQuery {
  readonly index?: string;
  readonly hash: readonly [name: string, value: string];
  readonly range?: readonly [name: string, operator: "<=" | ">=", value: number];
  readonly newestFirst?: boolean;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** BatchGetItem takes no more. */
const BATCH = 100;
/** Pauses between asks for what DynamoDB handed back unread, ms; as many asks in a row as these may bring nothing. */
const PAUSES = [50, 100, 200, 400, 800, 1_600, 3_200];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The few DynamoDB calls that certfront's roles are allowed: no Scan, no transactions. */
export class Table {
  constructor(
    private readonly api: Pick<AwsClient, "call">,
    private readonly name: string,
    private readonly wait: (ms: number) => Promise<void> = pause,
  ) {}

  /** Strongly consistent. */
  async get(key: ItemKey): Promise<Item | undefined> {
    const input = { TableName: this.name, Key: keyAttributes(key), ConsistentRead: true };
    const { Item } = await this.api.call("GetItem", input);
    return Item === undefined ? undefined : fromAttributes(Item as Attributes);
  }

  /** False when the condition did not hold; then nothing was written. */
  async put(item: ItemKey & Item, condition?: Condition): Promise<boolean> {
    return (await this.putIf(item, condition)).written;
  }

  /** `put` that says what is stored where the condition did not hold (not every stand-in for DynamoDB knows how to). */
  putOrTell(item: ItemKey & Item, condition: Condition): Promise<PutResult> {
    return this.putIf(item, condition, { ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
  }

  private async putIf(item: ItemKey & Item, condition?: Condition, more: object = {}): Promise<PutResult> {
    try {
      await this.api.call("PutItem", {
        TableName: this.name,
        Item: toAttributes(item),
        ...more,
        ...(condition && {
          ConditionExpression: condition.expression,
          ExpressionAttributeNames: condition.names,
          ...(Object.keys(condition.values).length > 0 && {
            ExpressionAttributeValues: toAttributes(condition.values),
          }),
        }),
      });
      return { written: true };
    } catch (error) {
      if (!(error instanceof AwsError) || error.type !== "ConditionalCheckFailedException") throw error;
      const stored = error.answer?.Item;
      return { written: false, stored: stored === undefined ? undefined : fromAttributes(stored as Attributes) };
    }
  }

  async delete(key: ItemKey): Promise<void> {
    await this.api.call("DeleteItem", { TableName: this.name, Key: keyAttributes(key) });
  }

  /** One page; strongly consistent on the table itself, not on an index. */
  async query(query: TableQuery): Promise<Page<Item>> {
    const { hash, range, index, limit, cursor } = query;
    const { Items, LastEvaluatedKey } = await this.api.call("Query", {
      TableName: this.name,
      KeyConditionExpression: range ? `#h = :h AND #r ${range[1]} :r` : "#h = :h",
      ExpressionAttributeNames: { "#h": hash[0], ...(range && { "#r": range[0] }) },
      ExpressionAttributeValues: toAttributes({ ":h": hash[1], ...(range && { ":r": range[2] }) }),
      ScanIndexForward: !query.newestFirst,
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      ...(limit !== undefined && { Limit: limit }),
      ...(cursor !== undefined && { ExclusiveStartKey: decodeCursor(cursor) }),
    });
    const items = (Items ?? []) as Attributes[];
    return {
      items: items.map(fromAttributes),
      ...(LastEvaluatedKey !== undefined && { cursor: encodeCursor(LastEvaluatedKey) }),
    };
  }

  /**
   * Strongly consistent, in no particular order; items that do not exist are left out. What a throttled table hands back is asked
   * for again with growing pauses (AWS, BatchGetItem: "exponential backoff").
   * @throws AwsError where nothing comes any more
   */
  async batchGet(keys: readonly ItemKey[]): Promise<Item[]> {
    const items: Item[] = [];
    let pending: Attributes[] = keys.map(keyAttributes);
    let inVain = 0;
    while (pending.length > 0) {
      const request = { Keys: pending.slice(0, BATCH), ConsistentRead: true };
      const { Responses, UnprocessedKeys } = (await this.api.call("BatchGetItem", {
        RequestItems: { [this.name]: request },
      })) as BatchAnswer;
      items.push(...(Responses?.[this.name] ?? []).map(fromAttributes));
      // DynamoDB returns 16 MB at most and hands back the rest; or all, where it is throttled.
      const unread = UnprocessedKeys?.[this.name]?.Keys ?? [];
      pending = [...unread, ...pending.slice(BATCH)];
      if (unread.length === 0) continue;
      inVain = unread.length < request.Keys.length ? 0 : inVain + 1;
      const longest = PAUSES[inVain];
      if (longest === undefined)
        throw new AwsError("Throttling", "DynamoDB refused BatchGetItem", `${unread.length} keys stay unread.`);
      await this.wait(longest * (0.5 + Math.random() / 2));
    }
    return items;
  }
}

export type PutResult = { readonly written: true } | { readonly written: false; readonly stored: Item | undefined };

interface BatchAnswer {
  readonly Responses?: Readonly<Record<string, Attributes[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys?: Attributes[] }>>;
}

function keyAttributes({ pk, sk }: ItemKey): Record<string, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}

function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function decodeCursor(cursor: string): unknown {
  return JSON.parse(Buffer.from(cursor, "base64url").toString());
}
