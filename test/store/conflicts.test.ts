import { DAY } from "../../core/base/clock";
import { WriteConflictError } from "../../core/record/update";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { ManualClock } from "../../testing/manual-clock";
import { tenantRecord } from "../../testing/records";
import { AwsClient, AwsError } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

interface Put {
  readonly TableName: string;
  readonly Item: { readonly pk: object; readonly sk: object };
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

/** Says, as DynamoDB does, what is stored where a condition does not hold; dynalite does not know how to. */
class Telling extends AwsClient {
  override async call(operation: string, input: object): Promise<Record<string, unknown>> {
    try {
      return await super.call(operation, input);
    } catch (error) {
      const { TableName, Item: item, ReturnValuesOnConditionCheckFailure: asked } = input as Put;
      if (!(error instanceof AwsError) || asked !== "ALL_OLD") throw error;
      const { Item } = await super.call("GetItem", { TableName, Key: { pk: item.pk, sk: item.sk } });
      throw new AwsError(error.type, operation, error.message, { answer: { Item } });
    }
  }
}

describe("a tenant's record that somebody else wrote meanwhile", () => {
  let database: LocalDynamoDb;
  let tables = 0;
  let clock: ManualClock;
  let store: DynamoStore;
  beforeAll(async () => {
    database = await startDynamoDb();
  });
  beforeEach(async () => {
    const name = `conflicts-${++tables}`;
    await database.createTable(name, TABLE_SCHEMA);
    clock = new ManualClock();
    store = new DynamoStore(name, new Telling(DYNAMODB, database.clientConfig), clock);
  });
  afterAll(() => database?.stop());

  const conflict = async (version: number): Promise<WriteConflictError> => {
    const error = await store.saveTenant(tenantRecord("a.example", clock.now(), { version })).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof WriteConflictError)) throw new Error(`no conflict: ${error}`);
    return error;
  };

  it("comes with the conflict, so that it need not be read", async () => {
    const theirs = tenantRecord("a.example", clock.now(), { failures: 3 });
    await store.createTenant(theirs);
    const error = await conflict(7);
    expect(error.stored).toEqual(theirs);
    expect(error.message).toContain("The record of a.example was written by somebody else.");
  });

  it("is none where there is none", async () => {
    expect((await conflict(2)).stored).toBeUndefined();
  });

  it("is none where its time is over, whatever DynamoDB still has of it", async () => {
    const { nextActionAt: _, ...removed } = tenantRecord("a.example", clock.now(), { state: "removed" });
    await store.createTenant(removed);
    expect((await conflict(7)).stored).toMatchObject({ state: "removed" });
    clock.advance(30 * DAY);
    expect((await conflict(7)).stored).toBeUndefined();
  });
});
