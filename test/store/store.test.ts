import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { storeContract } from "./contract";

describe("the store in memory", () => {
  storeContract(async () => {
    const clock = new ManualClock();
    return { store: new MemoryStore(clock), clock };
  });
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
});
