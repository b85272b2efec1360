import { DAY, MINUTE } from "../../core/base/clock";
import type { Page } from "../../core/record/store";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { LIST_SHARDS, shardOf } from "../../store/keys";
import { TABLE_SCHEMA } from "../../store/schema";
import { ManualClock } from "../../testing/manual-clock";
import { certificateSummary, frontItem, heartbeat, tenantRecord } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

/** DynamoDB ends a page at 1 MB: here at one item. */
class OneByOne extends AwsClient {
  override call(operation: string, input: object): Promise<Record<string, unknown>> {
    return super.call(operation, operation === "Query" ? { ...input, Limit: 1 } : input);
  }
}

const domainsOf = (shard: number) =>
  Array.from({ length: 200 }, (_, n) => `of${n}.example`).filter((one) => shardOf(one, LIST_SHARDS) === shard);

describe("what does not fit into one of DynamoDB's pages", () => {
  const clock = new ManualClock();
  let database: LocalDynamoDb;
  let store: DynamoStore;
  beforeAll(async () => {
    database = await startDynamoDb();
    await database.createTable("pages", TABLE_SCHEMA);
    store = new DynamoStore("pages", new OneByOne(DYNAMODB, database.clientConfig), clock);
  });
  afterAll(() => database?.stop());

  async function every<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
    const all: T[] = [];
    let cursor: string | undefined;
    do {
      const { items, cursor: next } = await page(cursor);
      all.push(...items);
      cursor = next;
    } while (cursor !== undefined);
    return all;
  }

  it("is complete: a tenant's certificates, newest first, but for those whose time is over", async () => {
    const { notBefore } = certificateSummary("a.example");
    for (const age of [0, 1, 2, 200]) {
      const changes = { serial: `0${age}`, notBefore: notBefore - age * DAY, notAfter: notBefore + (90 - age) * DAY };
      const summary = certificateSummary("a.example", changes);
      await store.putCertificate({ domain: "a.example", summary, chain: "CHAIN", key: "KEY" });
    }
    expect((await store.certificates("a.example")).map(({ summary }) => summary.serial)).toEqual(["00", "01", "02"]);
  });

  it("is complete: batches under way", async () => {
    for (const slot of [0, 1, 2]) {
      await store.putBatchLease({ slot, holder: "w", until: clock.now() + MINUTE }, { freeAt: clock.now() });
    }
    expect((await store.batchLeases()).map(({ slot }) => slot)).toEqual([0, 1, 2]);
  });

  it("is complete: heartbeats, of former agents too", async () => {
    const { role: _, ...former } = heartbeat("i-4", clock.now());
    const { role: _role, ...another } = heartbeat("i-5", clock.now());
    const own = ["i-1", "i-2", "i-3"].map((front) => heartbeat(front, clock.now()));
    for (const beat of [...own, former, another]) await store.putHeartbeat(beat);
    const found = await store.heartbeats(clock.now(), MINUTE);
    expect(found.map(({ front }) => front)).toEqual(["i-1", "i-2", "i-3", "i-4", "i-5"]);
  });

  it("is complete: fronts' items from a revision on, oldest first", async () => {
    for (const revision of [3, 1, 2]) await store.putFrontItem(frontItem(`t${revision}.example`, revision));
    const items = await every((cursor) => store.frontItemsSince(2, cursor));
    expect(items.map(({ revision }) => revision)).toEqual([2, 3]);
    expect(await store.frontItemsSince(4)).toStrictEqual({ items: [] });
  });

  it("is complete: the list of tenants, each once", async () => {
    const inLastShard = domainsOf(15).slice(0, 3);
    const domains = [...Array.from({ length: 20 }, (_, n) => `t${n}.example`), ...inLastShard].sort();
    for (const domain of domains) await store.createTenant(tenantRecord(domain, clock.now()));
    const listed = await every((cursor) => store.listTenants(cursor));
    expect(listed.map(({ domain }) => domain).sort()).toEqual(domains);
  });

  it("says with the last of the list that it is the last", async () => {
    const whole = new DynamoStore("pages", database.clientConfig, clock);
    await whole.createTenant(tenantRecord(domainsOf(15)[3] ?? "", clock.now()));
    const pages: number[] = [];
    await every(async (cursor) => {
      const page = await whole.listTenants(cursor);
      pages.push(page.items.length);
      return page;
    });
    expect(pages.at(-1)).toBeGreaterThan(0);
  });
});
