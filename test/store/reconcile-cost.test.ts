import { DAY } from "../../core/base/clock";
import { reconcile } from "../../core/issue/reconcile";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { tenantItem } from "../../store/items";
import { TABLE_SCHEMA } from "../../store/schema";
import { ManualClock } from "../../testing/manual-clock";
import { certificateSummary, tenantRecord } from "../../testing/records";
import { toAttributes } from "../../wire/aws/attribute-values";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

/**
 * The figures below are asserted to the item, so they hold for any number; `RECONCILE_TENANTS=100000` proves it for that one, in
 * the minute or more that dynalite needs to take so many in.
 */
const TENANTS = Number(process.env.RECONCILE_TENANTS ?? 5_000);
const TABLE = "reconcile-cost";

/** What DynamoDB says of the reads it served. */
interface Consumed {
  calls: number;
  items: number;
  readUnits: number;
}

describe(`a reconcile over ${TENANTS} active tenants`, () => {
  let dynamo: LocalDynamoDb;
  let client: AwsClient;
  let store: DynamoStore;
  const clock = new ManualClock();
  const consumed: Consumed = { calls: 0, items: 0, readUnits: 0 };

  beforeAll(async () => {
    dynamo = await startDynamoDb();
    await dynamo.createTable(TABLE, TABLE_SCHEMA);
    client = new AwsClient(DYNAMODB, dynamo.clientConfig);
    await fill();
    store = new DynamoStore(TABLE, new PricedApi(DYNAMODB, dynamo.clientConfig), clock);
  }, 600_000);
  afterAll(async () => {
    await dynamo.stop();
  });

  async function fill(): Promise<void> {
    const batches = TENANTS / 25;
    let next = 0;
    const fillSome = async () => {
      for (let batch = next++; batch < batches; batch = next++) {
        const requests = Array.from({ length: 25 }, (_, position) => ({
          PutRequest: { Item: toAttributes(activeTenant(batch * 25 + position)) },
        }));
        await client.call("BatchWriteItem", { RequestItems: { [TABLE]: requests } });
      }
    };
    await Promise.all(Array.from({ length: 8 }, fillSome));
  }

  function activeTenant(n: number) {
    const domain = `t${n}.example`;
    const renewAt = clock.now() + DAY + n * 1_000;
    const certificate = certificateSummary(domain);
    const { reason, ...record } = tenantRecord(domain, clock.now(), { state: "active", lane: "renewal", certificate });
    return tenantItem({ ...record, renewal: { renewAt, source: "lifetime" }, nextActionAt: renewAt });
  }

  /** DynamoDB's API with the price of every read asked for and added up. */
  class PricedApi extends AwsClient {
    override async call(operation: string, input: object): Promise<Record<string, unknown>> {
      const answer = await super.call(operation, { ...input, ReturnConsumedCapacity: "TOTAL" });
      if (!/Get|Query/.test(operation)) return answer;
      const { Items, Item, ConsumedCapacity } = answer as {
        Items?: object[];
        Item?: object;
        ConsumedCapacity?: { CapacityUnits?: number };
      };
      consumed.calls++;
      consumed.items += (Items?.length ?? 0) + (Item ? 1 : 0);
      consumed.readUnits += ConsumedCapacity?.CapacityUnits ?? Number.NaN;
      return answer;
    }
  }

  const observer = { step: () => undefined, setback: () => undefined, metric: () => undefined };

  async function reconcileAndCount(): Promise<Consumed & { due: number }> {
    Object.assign(consumed, { calls: 0, items: 0, readUnits: 0 });
    const { due } = await reconcile({ store, clock, timeScale: 1, observer }, async () => {});
    return { ...consumed, due };
  }

  it("none of which is due reads how far the round is, and asks each shard of the two lanes once", async () => {
    const next = clock.now() + 7 * DAY;
    await store.putRenewalRound({ startedAt: next, next }, { startedAt: next, next });
    expect(await reconcileAndCount()).toEqual({ due: 0, calls: 9, items: 1, readUnits: expect.any(Number) });
    // Eight queries that find nothing: half a unit each, at most.
    expect(consumed.readUnits).toBeLessThanOrEqual(5);
  });

  it("three of which are due reads those three", async () => {
    clock.advance(DAY + 2_000);
    const { due, calls, items, readUnits } = await reconcileAndCount();
    // Each is found by its index entry, and its record is read to claim it; a slot for the batch is looked for once.
    expect({ due, calls, items }).toEqual({ due: 3, calls: 13, items: 7 });
    expect(readUnits).toBeLessThanOrEqual(9);
  });
});
