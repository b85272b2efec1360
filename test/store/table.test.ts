import { equal } from "../../store/conditions";
import { Table } from "../../store/table";
import { toAttributes } from "../../wire/aws/attribute-values";
import { AwsError } from "../../wire/aws/client";

const key = (n: number) => ({ pk: `FRONT#${n}.example`, sk: "FRONT" });

/** DynamoDB's side of BatchGetItem: reads `reads(call)` of the keys asked for and hands back the others. */
function batchTable(reads: (call: number) => number) {
  const asked: unknown[] = [];
  const pauses: number[] = [];
  const api = {
    call: async (_operation: string, input: object) => {
      const { RequestItems } = input as { RequestItems: { t: { Keys: object[]; ConsistentRead: boolean } } };
      const { Keys } = RequestItems.t;
      asked.push(RequestItems.t);
      const read = reads(asked.length);
      return { Responses: { t: Keys.slice(0, read) }, UnprocessedKeys: { t: { Keys: Keys.slice(read) } } };
    },
  };
  return { asked, pauses, table: new Table(api, "t", async (ms) => void pauses.push(ms)) };
}

describe("reading many items", () => {
  it("asks for what was handed back until it has all of it, strongly consistent", async () => {
    const { table, asked, pauses } = batchTable(() => 40);
    const items = await table.batchGet(Array.from({ length: 130 }, (_, n) => key(n)));
    expect(items.map(({ pk }) => pk).sort()).toEqual(Array.from({ length: 130 }, (_, n) => key(n).pk).sort());
    expect(asked.every((request) => (request as { ConsistentRead: boolean }).ConsistentRead)).toBe(true);
    expect(pauses.every((ms) => ms <= 50)).toBe(true);
  });

  it("asks for a hundred at a time, which is what BatchGetItem takes", async () => {
    const { table, asked } = batchTable(() => 100);
    expect(await table.batchGet(Array.from({ length: 250 }, (_, n) => key(n)))).toHaveLength(250);
    expect(asked.map((request) => (request as { Keys: unknown[] }).Keys.length)).toEqual([100, 100, 50]);
  });

  it("pauses longer each time a throttled table reads nothing, and goes on when it reads again", async () => {
    const { table, asked, pauses } = batchTable((call) => (call <= 4 ? 0 : 100));
    expect(await table.batchGet([key(1)])).toHaveLength(1);
    expect(asked).toHaveLength(5);
    expect(pauses.map((ms, position) => ms > 50 * 2 ** position && ms <= 100 * 2 ** position)).toEqual(
      Array(4).fill(true),
    );
  });

  it("gives up on a table that reads nothing any more", async () => {
    const { table, asked } = batchTable(() => 0);
    await expect(table.batchGet([key(1), key(2)])).rejects.toMatchObject({
      type: "Throttling",
      message: "DynamoDB refused BatchGetItem: Throttling: 2 keys stay unread.",
    });
    expect(asked).toHaveLength(7);
  });

  it("begins with short pauses again where a table reads something, however little", async () => {
    const { table, asked, pauses } = batchTable((call) => (call % 5 === 0 ? 1 : 0));
    expect(await table.batchGet([key(1), key(2), key(3)])).toHaveLength(3);
    expect(asked).toHaveLength(15);
    expect(pauses).toHaveLength(14);
    expect([pauses[4], pauses[9]].every((ms) => ms !== undefined && ms <= 50)).toBe(true);
  });

  it.each([
    [0, 25],
    [0.8, 45],
  ])("pauses by chance, so that not all ask again together: at %d for %i ms", async (chance, ms) => {
    jest.spyOn(Math, "random").mockReturnValue(chance);
    const { table, pauses } = batchTable((call) => call);
    await table.batchGet([key(1), key(2), key(3)]);
    jest.restoreAllMocks();
    expect(pauses[0]).toBe(ms);
  });

  it("really waits", async () => {
    jest.useFakeTimers();
    let asked = 0;
    const api = {
      call: async () => (asked++ === 0 ? { UnprocessedKeys: { t: { Keys: [toAttributes(key(1))] } } } : {}),
    };
    const read = new Table(api, "t").batchGet([key(1)]);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(asked).toBe(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(await read).toEqual([]);
    expect(asked).toBe(2);
    jest.useRealTimers();
  });

  it("leaves out what does not exist, or is of another table", async () => {
    const api = { call: async () => ({ Responses: { other: [key(1)] } }) };
    expect(await new Table(api, "t").batchGet([key(1)])).toEqual([]);
    expect(await new Table({ call: async () => ({}) }, "t").batchGet([key(1)])).toEqual([]);
  });
});

describe("a write whose condition does not hold", () => {
  const refusing = (item?: object) =>
    new Table(
      {
        call: async (_operation, input) => {
          const asks = "ReturnValuesOnConditionCheckFailure" in input;
          throw new AwsError("ConditionalCheckFailedException", "PutItem", "", {
            answer: asks ? { Item: item } : undefined,
          });
        },
      },
      "t",
    );
  const stored = { ...key(1), version: 4 };

  it("says what is stored, where it is asked to", async () => {
    const table = refusing(toAttributes(stored));
    expect(await table.putOrTell(key(1), equal("version", 3))).toEqual({ written: false, stored });
    expect(await table.put(key(1), equal("version", 3))).toBe(false);
  });

  it("says nothing where the stand-in for DynamoDB does not know", async () => {
    expect(await refusing().putOrTell(key(1), equal("version", 3))).toEqual({ written: false, stored: undefined });
  });
});
