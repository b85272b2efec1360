import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { tenantItem } from "../../store/items";
import { type ItemKey, keys } from "../../store/keys";
import { putBack } from "../../store/put-back";
import { TABLE_SCHEMA } from "../../store/schema";
import { type Item, Table } from "../../store/table";
import { callsAtOnce } from "../../testing/at-once";
import { certificateSummary, frontItem, tenant, tenantRecord } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

const TABLE = "put-back-decisions";
const NOW = Date.UTC(2026, 10, 29, 12);
const SECONDS = NOW / 1_000;
const older = certificateSummary("a.example");
const newer = { ...older, serial: "01", notAfter: older.notAfter + 1 };

const record = (changes: object = {}): ItemKey & Item => ({
  ...tenantItem(tenantRecord("a.example", NOW)),
  ...changes,
});
const front = (revision: number, changes: object = {}): ItemKey & Item => ({
  ...keys.front("a.example"),
  revPk: "FRONT",
  ...frontItem("a.example", revision, changes),
});
const serves = (summary: object) => ({ certificate: { summary, chain: "CHAIN", key: "certfront-sealed:1:…" } });
const certificate = (chain: string): ItemKey & Item => ({
  ...keys.certificate("a.example", older),
  domain: "a.example",
  chain,
});
const heartbeat = (at: number): ItemKey & Item => ({ ...keys.heartbeat({ front: "i-1", role: "AROA" }), at });

const secret = { ...keys.orderSecret("a.example", "o-1"), domain: "a.example", id: "o-1", key: "PEM", csr: "CSR" };

type Counts = Awaited<ReturnType<typeof putBack>>;
const counts = (changes: Partial<Counts>): Counts => ({ missing: 0, changed: 0, kept: 0, expired: 0, ...changes });

it("fifty items of a backup are put back at once", async () => {
  const items = Array.from({ length: 120 }, (_, n) => tenantItem(tenantRecord(`t${n}.example`, NOW)));
  const { counted, most } = callsAtOnce(new Table({ call: async () => ({}) }, TABLE));
  expect(await putBack(items, counted, NOW)).toEqual(counts({ missing: 120 }));
  expect(most.get("put")).toBe(50);
});

describe("an item of a backup, put back into a table that lives on,", () => {
  let database: LocalDynamoDb;
  let table: Table;
  beforeAll(async () => {
    database = await startDynamoDb();
    await database.createTable(TABLE, TABLE_SCHEMA);
    table = new Table(new AwsClient(DYNAMODB, database.clientConfig), TABLE);
  });
  afterAll(() => database?.stop());

  /** What the table has afterwards under the item's key, and what is said of it. */
  async function after(item: ItemKey & Item, there: (ItemKey & Item) | undefined) {
    if (there) await table.put(there);
    else await table.delete(item);
    const said = await putBack([item], table, NOW);
    return { said, item: await table.get(item) };
  }

  it.each<[string, ItemKey & Item, ItemKey & Item]>([
    ["a tenant's record, as it was", record({ version: 7 }), record({ version: 7 })],
    ["a front's item, with a revision of now, or no front would look at it", front(5), front(NOW)],
    ["a certificate", certificate("CHAIN"), certificate("CHAIN")],
    ["what is no tenant's, too", heartbeat(1), heartbeat(1)],
    ["an order's key", secret, secret],
  ])("is written where it is missing: %s", async (_what, item, written) => {
    expect(await after(item, undefined)).toEqual({ said: counts({ missing: 1 }), item: written });
  });

  it.each<[string, ItemKey & Item, ItemKey & Item, ItemKey & Item]>([
    [
      "a tenant's record, a version above the table's",
      record({ version: 3, failures: 0 }),
      record({ version: 9, failures: 4 }),
      record({ version: 10, failures: 0 }),
    ],
    [
      "a tenant's record, a version above the backup's own",
      record({ version: 12, failures: 0 }),
      record({ version: 9, failures: 4 }),
      record({ version: 13, failures: 0 }),
    ],
    [
      "a front's item, with a revision of now",
      front(5, { tenant: tenant("a.example") }),
      front(6, { tenant: tenant("a.example", { http: "serve" }) }),
      front(NOW, { tenant: tenant("a.example") }),
    ],
    [
      "a front's item, one above a revision that is ahead of now",
      front(5, { removed: false }),
      front(NOW + 8, { removed: true }),
      front(NOW + 9, { removed: false }),
    ],
    ["a certificate", certificate("CHAIN"), certificate("TORN"), certificate("CHAIN")],
  ])("is written over what differs: %s", async (_what, item, there, written) => {
    expect(await after(item, there)).toEqual({ said: counts({ changed: 1 }), item: written });
  });

  it.each<[string, ItemKey & Item, ItemKey & Item]>([
    ["a tenant's record that only was written again", record({ version: 3 }), record({ version: 9 })],
    ["a front's item that only was written again", front(5), front(6)],
    [
      "with members in another order",
      record({ extra: [{ a: 1, b: [2] }] }),
      { extra: [{ b: [2], a: 1 }], ...record() },
    ],
    ["whose certificate was renewed since", record({ certificate: older }), record({ certificate: newer })],
    ["that is served with a renewed certificate since", front(5, serves(older)), front(6, serves(newer))],
    ["whose tenant has its first certificate since", record(), record({ certificate: older })],
    ["that counts only at present", heartbeat(1), heartbeat(2)],
  ])("is left where the present is as good or better: %s", async (_what, item, there) => {
    expect(await after(item, there)).toEqual({ said: counts({ kept: 1 }), item: there });
  });

  it.each<[string, ItemKey & Item, ItemKey & Item]>([
    ["a tenant that was removed", record({ certificate: older }), record({ certificate: newer, state: "removed" })],
    ["a tombstone of the fronts", front(5, serves(older)), front(6, { ...serves(newer), removed: true })],
    ["a certificate that ends sooner", record({ certificate: newer }), record({ certificate: older })],
    ["a certificate that ends as soon", record({ certificate: older }), record({ certificate: { ...older, ca: "x" } })],
    ["other values in a list", record({ names: ["a.example"] }), record({ names: ["b.example"] })],
    ["a list that is shorter", record({ extra: [1, 2] }), record({ extra: [1] })],
  ])("is no worse than %s: it is written over that", async (_what, item, there) => {
    const { said, item: written } = await after(item, there);
    expect(said).toEqual(counts({ changed: 1 }));
    const { version: _version, revision: _revision, ...rest } = item;
    expect(written).toMatchObject(rest);
  });

  it.each([
    [SECONDS + 1, "missing"],
    [SECONDS, "expired"],
    [SECONDS - 1, "expired"],
  ])("with a time that ends at %i s is %s by then", async (ttl, what) => {
    const { said, item } = await after(record({ ttl }), undefined);
    expect(said).toEqual(counts({ [what]: 1 }));
    expect(item === undefined).toBe(what === "expired");
  });

  it("is counted with the others", async () => {
    await table.delete(heartbeat(1));
    await table.put(record({ failures: 4 }));
    await table.put(certificate("CHAIN"));
    const items = [record(), certificate("CHAIN"), heartbeat(1), { ...front(5), ttl: SECONDS }];
    expect(await putBack(items, table, NOW)).toEqual({ missing: 1, changed: 1, kept: 1, expired: 1 });
  });
});
