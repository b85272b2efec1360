import { absent, allOf, anyOf, below, type Condition, equal, expired } from "../../store/conditions";
import { DynamoStore } from "../../store/dynamo-store";
import { Table } from "../../store/table";
import { AwsClient, AwsError } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

const key = { pk: "TENANT#a.example", sk: "TENANT" };
const Key = { pk: { S: key.pk }, sk: { S: key.sk } };

/** A table whose API gives `answer`, and keeps what it was asked. */
function recorded(answer: object = {}) {
  const asked: [string, object][] = [];
  const api = {
    call: async (operation: string, input: object) => {
      asked.push([operation, input]);
      return answer as Record<string, unknown>;
    },
  };
  return { asked, table: new Table(api, "t") };
}

/** In DynamoDB's words, where a stand-in would take others as well. */
describe("what DynamoDB is asked", () => {
  it("an item: strongly consistent", async () => {
    const { table, asked } = recorded({ Item: { ...Key, version: { N: "4" } } });
    expect(await table.get(key)).toEqual({ ...key, version: 4 });
    expect(asked).toEqual([["GetItem", { TableName: "t", Key, ConsistentRead: true }]]);
  });

  it("an item that is not there: nothing", async () => {
    expect(await recorded().table.get(key)).toBeUndefined();
  });

  it("a write: without a condition where there is none", async () => {
    const { table, asked } = recorded();
    expect(await table.put({ ...key, version: 4 })).toBe(true);
    expect(asked).toStrictEqual([["PutItem", { TableName: "t", Item: { ...Key, version: { N: "4" } } }]]);
  });

  it("a deletion, whatever is there", async () => {
    const { table, asked } = recorded();
    await table.delete(key);
    expect(asked).toEqual([["DeleteItem", { TableName: "t", Key }]]);
  });

  it.each<[string, Condition, string, object, object | undefined]>([
    // DynamoDB refuses values that are given and not used, an empty map of them, too.
    ["where there is none", absent, "attribute_not_exists(#pk)", { "#pk": "pk" }, undefined],
    ["where its time is over, in seconds", expired(7_999), "#ttl <= :ttl", { "#ttl": "ttl" }, { ":ttl": { N: "7" } }],
    [
      "over one version",
      equal("version", 3),
      "#version = :version",
      { "#version": "version" },
      { ":version": { N: "3" } },
    ],
    [
      "under one lease, a level deeper",
      equal("lease.id", "w-1"),
      "#lease.#id = :lease_id",
      { "#lease": "lease", "#id": "id" },
      { ":lease_id": { S: "w-1" } },
    ],
    [
      "over what is older",
      below("revision", 3),
      "#revision < :revision",
      { "#revision": "revision" },
      { ":revision": { N: "3" } },
    ],
    [
      "where all hold",
      allOf(equal("a", 1), equal("b", 2)),
      "(#a = :a) AND (#b = :b)",
      { "#a": "a", "#b": "b" },
      { ":a": { N: "1" }, ":b": { N: "2" } },
    ],
    [
      "where one holds",
      anyOf(absent, equal("b", 2)),
      "(attribute_not_exists(#pk)) OR (#b = :b)",
      { "#pk": "pk", "#b": "b" },
      { ":b": { N: "2" } },
    ],
  ])("a write %s", async (_what, condition, expression, names, values) => {
    const { table, asked } = recorded();
    expect(await table.putOrTell(key, condition)).toEqual({ written: true });
    expect(asked).toStrictEqual([
      [
        "PutItem",
        {
          TableName: "t",
          Item: Key,
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          ConditionExpression: expression,
          ExpressionAttributeNames: names,
          ...(values && { ExpressionAttributeValues: values }),
        },
      ],
    ]);
  });

  const own = {
    TableName: "t",
    KeyConditionExpression: "#h = :h",
    ExpressionAttributeNames: { "#h": "pk" },
    ExpressionAttributeValues: { ":h": { S: "CERT#a.example" } },
    ScanIndexForward: true,
  };
  it.each<[string, Parameters<Table["query"]>[0], object]>([
    [
      "in the table's own order, strongly consistent",
      { hash: ["pk", "CERT#a.example"] },
      { ...own, ConsistentRead: true },
    ],
    [
      "the newest first, some of them",
      { hash: ["pk", "CERT#a.example"], newestFirst: true, limit: 2 },
      { ...own, ConsistentRead: true, ScanIndexForward: false, Limit: 2 },
    ],
    [
      // Of an index DynamoDB refuses strongly consistent reads.
      "of an index, up to a moment",
      { index: "due", hash: ["duePk", "new#0"], range: ["dueAt", "<=", 7] },
      {
        TableName: "t",
        IndexName: "due",
        KeyConditionExpression: "#h = :h AND #r <= :r",
        ExpressionAttributeNames: { "#h": "duePk", "#r": "dueAt" },
        ExpressionAttributeValues: { ":h": { S: "new#0" }, ":r": { N: "7" } },
        ScanIndexForward: true,
      },
    ],
  ])("items %s", async (_what, query, input) => {
    const { table, asked } = recorded({ Items: [{ ...Key, n: { N: "1" } }] });
    expect(await table.query(query)).toStrictEqual({ items: [{ ...key, n: 1 }] });
    expect(asked).toStrictEqual([["Query", input]]);
  });

  it("items page after page, each from where the last one ended", async () => {
    const first = recorded({ Items: [], LastEvaluatedKey: Key });
    const { cursor } = await first.table.query({ hash: ["pk", "CERT#a.example"] });
    const { table, asked } = recorded();
    expect(await table.query({ hash: ["pk", "CERT#a.example"], cursor })).toStrictEqual({ items: [] });
    expect(asked).toStrictEqual([["Query", { ...own, ConsistentRead: true, ExclusiveStartKey: Key }]]);
    expect(cursor).toMatch(/^[\w-]+$/);
  });

  it("of no items nothing", async () => {
    const { table, asked } = recorded();
    expect(await table.batchGet([])).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("that is refused for another reason than its condition is an error", async () => {
    const throttled = new AwsError("ThrottlingException", "DynamoDB refused PutItem", "slow down");
    const refusing = (error: Error) => new Table({ call: () => Promise.reject(error) }, "t");
    await expect(refusing(throttled).put(key, absent)).rejects.toBe(throttled);
    const ours = new TypeError("ConditionalCheckFailedException");
    await expect(refusing(ours).put(key, absent)).rejects.toBe(ours);
  });
});

describe("what a front asks for", () => {
  it("is a hundred newer items at a time: what one BatchGetItem fetches", async () => {
    const asked: [string, object][] = [];
    class Recording extends AwsClient {
      override async call(operation: string, input: object) {
        asked.push([operation, input]);
        return { Items: [] };
      }
    }
    await new DynamoStore("t", new Recording(DYNAMODB)).frontItemsSince(7, undefined, () => false);
    expect(asked).toEqual([["Query", expect.objectContaining({ IndexName: "revision", Limit: 100 })]]);
  });
});
