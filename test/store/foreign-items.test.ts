import { DAY, HOUR } from "../../core/base/clock";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { keys } from "../../store/keys";
import { TABLE_SCHEMA } from "../../store/schema";
import { Table } from "../../store/table";
import { ManualClock } from "../../testing/manual-clock";
import { frontItem, heartbeat, tenantRecord } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

/** A front may write below its own key `HEARTBEAT#…`, and there whatever it likes: into any index, under any sort key. */
describe("what a front writes beside its heartbeat", () => {
  const clock = new ManualClock();
  let database: LocalDynamoDb;
  let store: DynamoStore;
  let table: Table;
  beforeAll(async () => {
    database = await startDynamoDb();
    await database.createTable("foreign", TABLE_SCHEMA);
    store = new DynamoStore("foreign", database.clientConfig, clock);
    table = new Table(new AwsClient(DYNAMODB, database.clientConfig), "foreign");
    await store.createTenant(tenantRecord("good.example", clock.now()));
    await store.putFrontItem(frontItem("good.example", clock.now()));
    await store.putHeartbeat(heartbeat("i-1", clock.now()));
  });
  afterAll(() => database?.stop());

  const own = (sk: string) => ({ pk: keys.heartbeat({ front: "i-1", role: "AROAFRONT" }).pk, sk });
  const victim = { domain: "victim.example", names: ["victim.example"], state: "active", since: 1, configHash: "x" };

  it("is no tenant that is due", async () => {
    for (const shard of [0, 1, 2, 3]) await table.put({ ...own(`due-${shard}`), duePk: `new#${shard}`, dueAt: 1 });
    expect((await store.due("new", clock.now(), 10)).map(({ domain }) => domain)).toEqual(["good.example"]);
  });

  it("is no tenant of the list", async () => {
    for (let shard = 0; shard < 16; shard++) {
      await table.put({ ...own(`listed-${shard}`), ...victim, listPk: String(shard).padStart(2, "0"), revision: 1 });
    }
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listTenants(cursor);
      listed.push(...page.items.map(({ domain }) => domain));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed).toEqual(["good.example"]);
  });

  it("is no item that fronts apply", async () => {
    await table.put({ ...own("front"), ...frontItem("victim.example", clock.now()), revPk: "FRONT" });
    expect((await store.frontItemsSince(0)).items.map(({ domain }) => domain)).toEqual(["good.example"]);
  });

  it("is no second heartbeat of a front that it makes up", async () => {
    const made = { ...heartbeat("i-2", clock.now()), revPk: "HEARTBEAT" };
    await table.put({ ...own("another"), ...made });
    // Nor one by the monitor, which may write what it saw served.
    await table.put({ pk: keys.served("i-2").pk, sk: "HEARTBEAT", ...made });
    expect((await store.heartbeats(clock.now(), HOUR)).map(({ front }) => front)).toEqual(["i-1"]);
    expect(await store.skippedHeartbeats(clock.now())).toBe(0);
  });

  it("under its own key is counted, where it is no heartbeat", async () => {
    await table.put({
      ...keys.heartbeat({ front: "i-3", role: "AROAFRONT" }),
      revPk: "HEARTBEAT",
      revision: 1,
      front: 7,
    });
    expect((await store.heartbeats(clock.now(), HOUR)).map(({ front }) => front)).toEqual(["i-1"]);
    expect(await store.skippedHeartbeats(clock.now())).toBe(1);
    await table.delete(keys.heartbeat({ front: "i-3", role: "AROAFRONT" }));
  });

  it("is no name of an item: whose it is says its key", async () => {
    await table.put({ ...keys.front("good.example"), ...frontItem("victim.example", clock.now()), revPk: "FRONT" });
    const { items } = await store.frontItemsSince(0);
    expect(items.map(({ domain, revision }) => ({ domain, revision }))).toEqual([
      { domain: "good.example", revision: clock.now() },
    ]);
  });

  it("is a heartbeat for a day, whatever DynamoDB still has of it", async () => {
    clock.advance(DAY - HOUR);
    expect(await store.heartbeats(clock.now(), 2 * DAY)).toHaveLength(1);
    expect(await store.heartbeats(clock.now(), DAY - HOUR)).toHaveLength(1);
    expect(await store.heartbeats(clock.now(), DAY - HOUR - 1)).toEqual([]);
    clock.advance(HOUR);
    expect(await store.heartbeats(clock.now(), 2 * DAY)).toEqual([]);
  });
});
