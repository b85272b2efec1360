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
import { readIndexEntry } from "../../core/record/index-entry";
import type { ServedState } from "../../core/record/record";
import { readServedState } from "../../core/record/served-state";
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

const TENANT = "TENANT#";
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
      items: (answer.Items ?? []).filter((item) => String(item.pk).startsWith(TENANT)).map(entryOf),
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
    const items = await this.batchGet(domains.map(servedKey));
    // One that does not fit is written anew.
    return new Map(items.flatMap((item) => readServedState(item) ?? []).map((state) => [state.domain, state]));
  }

  async putServedState(state: ServedState): Promise<void> {
    await this.client.send(new PutCommand({ TableName: this.table, Item: { ...servedKey(state.domain), ...state } }));
  }

  /** Under each front's own key, which an index finds, and under the one that they once shared. */
  async heartbeats(): Promise<readonly unknown[]> {
    const [own, shared] = await Promise.all([
      this.all({
        IndexName: "revision",
        KeyConditionExpression: "revPk = :pk",
        ExpressionAttributeValues: { ":pk": "HEARTBEAT" },
      }),
      this.all({ KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": "HEARTBEAT" } }),
    ]);
    // One for each front: a front may write many items under its own key, and into any index.
    const keys = own.filter(({ pk, sk }) => String(pk).startsWith("HEARTBEAT#") && sk === "HEARTBEAT");
    return [...(await this.batchGet(keys.map(({ pk, sk }) => ({ pk, sk })))), ...shared];
  }

  private async batchGet(keys: BatchKeys): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    for (let start = 0; start < keys.length; start += BATCH) {
      let pending: BatchKeys | undefined = keys.slice(start, start + BATCH);
      while (pending !== undefined && pending.length > 0) {
        const request: BatchGetCommandInput = { RequestItems: { [this.table]: { Keys: pending } } };
        const answer: BatchGetCommandOutput = await this.client.send(new BatchGetCommand(request));
        found.push(...(answer.Responses?.[this.table] ?? []));
        pending = answer.UnprocessedKeys?.[this.table]?.Keys;
      }
    }
    return found;
  }

  private async all(input: Omit<QueryCommandInput, "TableName">): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const answer = await this.query({ ...input, ...(from && { ExclusiveStartKey: from }) });
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
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

/** Attributes of the index are the entry's own names; whose they are says the key. */
const entryOf = (item: Record<string, unknown>): TenantIndexEntry =>
  readIndexEntry(item, String(item.pk).slice(TENANT.length));
