import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { Page } from "../core/store";
import type { Condition } from "./conditions";
import type { ItemKey } from "./keys";

export type Item = Readonly<Record<string, unknown>>;

/** A query on the table or one of its indexes; keys as `name: value`, the range key with its comparison. */
export interface TableQuery {
  readonly index?: string;
  readonly hash: readonly [name: string, value: string];
  readonly range?: readonly [name: string, operator: "<=" | ">=", value: number];
  readonly newestFirst?: boolean;
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

/** BatchGetItem takes no more. */
const BATCH = 100;

/** The few DynamoDB calls that certfront's roles are allowed: no Scan, no transactions. */
export class Table {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly name: string,
  ) {}

  /** Strongly consistent. */
  async get(key: ItemKey): Promise<Item | undefined> {
    const answer = await this.client.send(
      new GetCommand({ TableName: this.name, Key: { ...key }, ConsistentRead: true }),
    );
    return answer.Item;
  }

  /** False when the condition did not hold; then nothing was written. */
  async put(item: ItemKey & Item, condition?: Condition): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.name,
          Item: item,
          ...(condition && {
            ConditionExpression: condition.expression,
            ExpressionAttributeNames: { ...condition.names },
            ...(Object.keys(condition.values).length > 0 && { ExpressionAttributeValues: { ...condition.values } }),
          }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async delete(key: ItemKey): Promise<void> {
    await this.client.send(new DeleteCommand({ TableName: this.name, Key: { ...key } }));
  }

  /** One page; strongly consistent on the table itself, not on an index. */
  async query(query: TableQuery): Promise<Page<Item>> {
    const [hashName, hashValue] = query.hash;
    const input: QueryCommandInput = {
      TableName: this.name,
      KeyConditionExpression: query.range ? `#h = :h AND #r ${query.range[1]} :r` : "#h = :h",
      ExpressionAttributeNames: { "#h": hashName, ...(query.range && { "#r": query.range[0] }) },
      ExpressionAttributeValues: { ":h": hashValue, ...(query.range && { ":r": query.range[2] }) },
      ScanIndexForward: !query.newestFirst,
      ...(query.index === undefined ? { ConsistentRead: true } : { IndexName: query.index }),
      ...(query.limit !== undefined && { Limit: query.limit }),
      ...(query.cursor !== undefined && { ExclusiveStartKey: decodeCursor(query.cursor) }),
    };
    const answer = await this.client.send(new QueryCommand(input));
    const next = answer.LastEvaluatedKey;
    return { items: answer.Items ?? [], ...(next && { cursor: encodeCursor(next) }) };
  }

  /** Strongly consistent, in no particular order; items that do not exist are left out. */
  async batchGet(keys: readonly ItemKey[]): Promise<Item[]> {
    const items: Item[] = [];
    let pending: Record<string, unknown>[] = keys.map((key) => ({ ...key }));
    while (pending.length > 0) {
      const request = { Keys: pending.slice(0, BATCH), ConsistentRead: true };
      const answer = await this.client.send(new BatchGetCommand({ RequestItems: { [this.name]: request } }));
      items.push(...(answer.Responses?.[this.name] ?? []));
      // DynamoDB returns 16 MB at most and hands back the rest.
      pending = [...(answer.UnprocessedKeys?.[this.name]?.Keys ?? []), ...pending.slice(BATCH)];
    }
    return items;
  }
}

function encodeCursor(key: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function decodeCursor(cursor: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(cursor, "base64url").toString());
}
