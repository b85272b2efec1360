import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { keys } from "../../store/keys";
import { TABLE_SCHEMA, TRANSIENT_SCHEMA } from "../../store/schema";
import { Table } from "../../store/table";
import { TransientTable } from "../../store/transient-table";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
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
