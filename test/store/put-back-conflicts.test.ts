import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { tenantItem } from "../../store/items";
import { type ItemKey, keys } from "../../store/keys";
import { putBack } from "../../store/put-back";
import { TABLE_SCHEMA } from "../../store/schema";
import { type Item, Table } from "../../store/table";
import { certificateSummary, frontItem, tenantRecord } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

const TABLE = "put-back-conflicts";
const NOW = Date.UTC(2026, 10, 29, 12);

/** Between our look and our write an issuer may have written: none of it is lost unseen. */
describe("an item that somebody else writes while it is put back", () => {
  let database: LocalDynamoDb;
  let table: Table;
  /** Done before each of our writes. */
  let meanwhile: () => Promise<unknown>;
  let ours: Table;

  beforeAll(async () => {
    database = await startDynamoDb();
    await database.createTable(TABLE, TABLE_SCHEMA);
    const api = new AwsClient(DYNAMODB, database.clientConfig);
    table = new Table(api, TABLE);
    ours = new Table(
      {
        call: async (operation, input) => {
          if (operation === "PutItem") await meanwhile();
          return api.call(operation, input);
        },
      },
      TABLE,
    );
  });
  afterAll(() => database?.stop());

  const once = (write: () => Promise<unknown>) => {
    let done = false;
    return async () => {
      if (!done) await write();
      done = true;
    };
  };
  const record = (domain: string, changes: object): ItemKey & Item => ({
    ...tenantItem(tenantRecord(domain, NOW)),
    ...changes,
  });
  const front = (domain: string, revision: number, removed = false): ItemKey & Item => ({
    ...keys.front(domain),
    ...frontItem(domain, revision, { removed }),
  });

  it("is put back above what they wrote: a tenant's record", async () => {
    await table.put(record("a.example", { version: 2, failures: 1 }));
    meanwhile = once(() => table.put(record("a.example", { version: 3, failures: 2 })));
    const said = await putBack([record("a.example", { version: 1, failures: 0 })], ours, NOW);
    expect(said).toMatchObject({ changed: 1 });
    expect(await table.get(keys.tenant("a.example"))).toMatchObject({ version: 4, failures: 0 });
  });

  it("is put back above what they wrote: a front's item", async () => {
    await table.put(front("a.example", NOW + 1, true));
    meanwhile = once(() => table.put(front("a.example", NOW + 5, true)));
    expect(await putBack([front("a.example", 1)], ours, NOW)).toMatchObject({ changed: 1 });
    expect(await table.get(keys.front("a.example"))).toMatchObject({ revision: NOW + 6, removed: false });
  });

  it("is left to them where they made it: what was missing is no longer", async () => {
    const theirs = record("new.example", { certificate: certificateSummary("new.example") });
    meanwhile = once(() => table.put(theirs));
    expect(await putBack([record("new.example", {})], ours, NOW)).toMatchObject({ missing: 0, kept: 1 });
    expect(await table.get(theirs)).toEqual(theirs);
  });

  it("is put back where they deleted it", async () => {
    const item = record("gone.example", { version: 5, failures: 0 });
    await table.put({ ...item, failures: 1 });
    meanwhile = once(() => table.delete(item));
    expect(await putBack([item], ours, NOW)).toMatchObject({ missing: 1, changed: 0 });
    expect(await table.get(item)).toEqual(item);
  });

  it("ten times in a row, is given up: their schedules are to be stopped first", async () => {
    let version = 2;
    await table.put(record("busy.example", { version, failures: 1 }));
    meanwhile = () => table.put(record("busy.example", { version: ++version, failures: 1 }));
    await expect(putBack([record("busy.example", { version: 1, failures: 0 })], ours, NOW)).rejects.toThrow(
      "TENANT#busy.example is written by somebody else again and again; stop the issuer's schedules first.",
    );
    expect(version).toBe(2 + 10);
    expect(await table.get(keys.tenant("busy.example"))).toMatchObject({ version, failures: 1 });
  });
});
