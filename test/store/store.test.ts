import { everyTenant } from "../../cli/status-list";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { keys } from "../../store/keys";
import { TABLE_SCHEMA, TRANSIENT_SCHEMA } from "../../store/schema";
import { Table } from "../../store/table";
import { TransientTable } from "../../store/transient-table";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { tenantRecord } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";
import { storeContract, transientContract } from "./contract";

describe("the store in memory", () => {
  storeContract(async () => {
    const clock = new ManualClock();
    return { store: new MemoryStore(clock), clock };
  });
  transientContract(async () => new MemoryStore());
});

describe("the store on DynamoDB", () => {
  let dynamo: LocalDynamoDb;
  let tables = 0;
  beforeAll(async () => {
    dynamo = await startDynamoDb();
  });
  afterAll(() => dynamo.stop());

  storeContract(async () => {
    const name = `contract-${++tables}`;
    await dynamo.createTable(name, TABLE_SCHEMA);
    const clock = new ManualClock();
    return { store: new DynamoStore(name, dynamo.clientConfig, clock), clock };
  });
  transientContract(async () => {
    const name = `transient-${++tables}`;
    await dynamo.createTable(name, TRANSIENT_SCHEMA);
    return new TransientTable(name, dynamo.clientConfig);
  });

  it("can be written as soon as its table is made", async () => {
    for (let made = 0; made < 10; made += 1) {
      const name = `new-${++tables}`;
      await dynamo.createTable(name, TABLE_SCHEMA);
      await new DynamoStore(name, dynamo.clientConfig).createTenant(tenantRecord("good.example", 1));
    }
  });

  it.each<[string, object]>([
    ["nothing in it", {}],
    ["no names", { state: "active", since: 1, revision: 1, configHash: "x" }],
    ["a state that nobody knows", { names: ["odd.example"], state: "melted", since: 1, revision: 1, configHash: "x" }],
  ])("lists a tenant's item with %s as that tenant's reason, and the others as ever", async (_what, attributes) => {
    const name = `odd-${++tables}`;
    await dynamo.createTable(name, TABLE_SCHEMA);
    const store = new DynamoStore(name, dynamo.clientConfig);
    await store.createTenant(tenantRecord("good.example", 1));
    const table = new Table(new AwsClient(DYNAMODB, dynamo.clientConfig), name);
    const odd = { ...keys.tenant("odd.example"), listPk: "00", domain: "odd.example" };
    await table.put({ ...odd, duePk: "new#0", dueAt: 1, ...attributes });
    const listed = [];
    for await (const entry of everyTenant(store)) listed.push(entry);
    expect(listed.map(({ domain, reason }) => [domain, reason?.code]).sort()).toEqual([
      ["good.example", "WAITING"],
      ["odd.example", "INTERNAL"],
    ]);
    await expect(store.tenant("odd.example")).rejects.toThrow("The record of odd.example in the table is damaged");
    expect((await store.tenant("good.example"))?.tenant.domain).toBe("good.example");
  });

  it("knows no ring of data keys where a front wrote something else in its place", async () => {
    const name = `ring-${++tables}`;
    await dynamo.createTable(name, TRANSIENT_SCHEMA);
    await new Table(new AwsClient(DYNAMODB, dynamo.clientConfig), name).put({ ...keys.ring, ring: 7 });
    expect(await new TransientTable(name, dynamo.clientConfig).keyRing()).toBeUndefined();
  });

  it.each([[7], [{ S: "https://ca.example/acct/1" }], [null]])("takes %j for no account's URL", async (url) => {
    const name = `account-${++tables}`;
    await dynamo.createTable(name, TABLE_SCHEMA);
    await new Table(new AwsClient(DYNAMODB, dynamo.clientConfig), name).put({ ...keys.account("ca"), url });
    expect(await new DynamoStore(name, dynamo.clientConfig).accountUrl("ca")).toBeUndefined();
  });

  it("takes out the ticket keys that an older version kept in it", async () => {
    const name = `old-${++tables}`;
    await dynamo.createTable(name, TABLE_SCHEMA);
    const table = new Table(new AwsClient(DYNAMODB, dynamo.clientConfig), name);
    await table.put({ ...keys.tickets, keys: ["sealed"], rotatedAt: 1 });
    const store = new DynamoStore(name, dynamo.clientConfig);
    await store.deleteTicketKeys();
    expect(await table.get(keys.tickets)).toBeUndefined();
    await store.deleteTicketKeys();
  });
});
