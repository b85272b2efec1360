import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { ServedState } from "../../core/record/record";
import type { Page, TenantIndexEntry } from "../../core/record/store";

/** In how many parts the index of tenants is asked for (docs/contracts.md). */
export const SHARDS = 16;

/** The little of the table that the monitor may see, and the one kind of item it may write. */
export interface MonitorTable {
  /** Tenants of one shard, by domain; no secrets, eventually consistent. */
  tenants(shard: number, cursor?: string): Promise<Page<TenantIndexEntry>>;
  /** One tenant again, to see whether the index has moved on meanwhile. */
  tenant(shard: number, domain: string): Promise<TenantIndexEntry | undefined>;
  /** By domain; unknown ones are absent. */
  servedStates(domains: readonly string[]): Promise<ReadonlyMap<string, ServedState>>;
  putServedState(state: ServedState): Promise<void>;
  /** As they lie in the table: fronts write them, so they are read with care (core/record/heartbeat.ts). */
  heartbeats(): Promise<readonly unknown[]>;
}

type BatchKeys = Record<string, unknown>[];

/** BatchGetItem takes no more. */
const BATCH = 100;
const PAGE = 200;

/** The monitor has its own few calls: a mistake in the store that the issuer uses must not blind it. */
export class DynamoMonitorTable implements MonitorTable {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    private readonly table: string,
    config: DynamoDBClientConfig = {},
  ) {
    const client = new DynamoDBClient({
      maxAttempts: 5,
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 },
      ...config,
    });
    this.client = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  }

  async tenants(shard: number, cursor?: string): Promise<Page<TenantIndexEntry>> {
    const answer = await this.query({
      ...shardQuery(shard),
      Limit: PAGE,
      ...(cursor !== undefined && { ExclusiveStartKey: JSON.parse(cursor) as Record<string, unknown> }),
    });
    return {
      // What another role put into the index is no tenant.
      items: (answer.Items ?? []).filter((item) => String(item.pk).startsWith("TENANT#")).map(entryOf),
      ...(answer.LastEvaluatedKey !== undefined && { cursor: JSON.stringify(answer.LastEvaluatedKey) }),
    };
  }

  async tenant(shard: number, domain: string): Promise<TenantIndexEntry | undefined> {
    const query = shardQuery(shard);
    const answer = await this.query({
      ...query,
      KeyConditionExpression: `${query.KeyConditionExpression} AND #domain = :domain`,
      ExpressionAttributeNames: { "#domain": "domain" },
      ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ":domain": domain },
    });
    return answer.Items?.map(entryOf)[0];
  }

  async servedStates(domains: readonly string[]): Promise<ReadonlyMap<string, ServedState>> {
    const found = new Map<string, ServedState>();
    for (let start = 0; start < domains.length; start += BATCH) {
      let keys: unknown[] | undefined = domains.slice(start, start + BATCH).map(servedKey);
      while (keys !== undefined && keys.length > 0) {
        const request: BatchGetCommandInput = { RequestItems: { [this.table]: { Keys: keys as BatchKeys } } };
        const answer: BatchGetCommandOutput = await this.client.send(new BatchGetCommand(request));
        for (const item of answer.Responses?.[this.table] ?? []) found.set(String(item.domain), item as ServedState);
        keys = answer.UnprocessedKeys?.[this.table]?.Keys;
      }
    }
    return found;
  }

  async putServedState(state: ServedState): Promise<void> {
    await this.client.send(new PutCommand({ TableName: this.table, Item: { ...servedKey(state.domain), ...state } }));
  }

  async heartbeats(): Promise<readonly unknown[]> {
    const answer = await this.query({
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "HEARTBEAT" },
    });
    return answer.Items ?? [];
  }

  private query(input: Omit<QueryCommandInput, "TableName">) {
    return this.client.send(new QueryCommand({ TableName: this.table, ...input }));
  }
}

function shardQuery(shard: number) {
  return {
    IndexName: "tenants",
    KeyConditionExpression: "listPk = :shard",
    ExpressionAttributeValues: { ":shard": String(shard).padStart(2, "0") },
  };
}

const servedKey = (domain: string) => ({ pk: `SERVED#${domain}`, sk: "SERVED" });

/** Attributes of the index are the entry's own names. */
const entryOf = (item: Record<string, unknown>): TenantIndexEntry => item as unknown as TenantIndexEntry;
