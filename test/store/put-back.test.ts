import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { keys } from "../../store/keys";
import { putBack } from "../../store/put-back";
import { TABLE_SCHEMA } from "../../store/schema";
import { Table } from "../../store/table";
import { certificateSummary, tenant } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

const TABLE = "put-back";
const PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
const SEALED = "certfront-sealed:1:…";

describe("a backup from before keys were sealed, put back", () => {
  let database: LocalDynamoDb;
  let store: DynamoStore;
  let table: Table;
  beforeAll(async () => {
    database = await startDynamoDb();
    await database.createTable(TABLE, TABLE_SCHEMA);
    store = new DynamoStore(TABLE, database.clientConfig);
    table = new Table(new AwsClient(DYNAMODB, database.clientConfig), TABLE);
  });
  afterAll(() => database?.stop());

  const summary = certificateSummary("a.example");
  const certificate = (key: string) => ({ domain: "a.example", summary, chain: "CHAIN", key });
  const front = (key: string, http: "serve" | "redirect") => ({
    domain: "a.example",
    revision: 1,
    removed: false,
    tenant: tenant("a.example", { http }),
    certificate: { summary, chain: "CHAIN", key },
  });

  it("leaves sealed what was sealed since, and has the issuer seal the rest", async () => {
    await store.putCertificate(certificate(SEALED));
    await store.putFrontItem(front(SEALED, "redirect"));
    await store.putSealingProgress({ done: true });
    const lost = { ...certificate(PEM), domain: "b.example" };
    await putBack(
      [
        { ...keys.certificate("a.example", summary), ...certificate(PEM) },
        { ...keys.front("a.example"), revPk: "FRONT", ...front(PEM, "serve") },
        { ...keys.certificate("b.example", summary), ...lost },
      ],
      table,
      Date.now(),
    );
    expect((await store.certificates("a.example"))[0]?.key).toBe(SEALED);
    expect(await store.frontItem("a.example")).toMatchObject({
      tenant: { http: "serve" },
      certificate: { key: SEALED },
    });
    expect((await store.certificates("b.example"))[0]?.key).toBe(PEM);
    expect(await store.sealingProgress()).toEqual({ done: false });
  });

  it("has nothing to be sealed where it was sealed itself", async () => {
    await store.putSealingProgress({ done: true });
    await putBack(
      [{ ...keys.certificate("c.example", summary), ...certificate(SEALED), domain: "c.example" }],
      table,
      1,
    );
    expect(await store.sealingProgress()).toEqual({ done: true });
  });

  it("has the issuer seal the one key of many that is in PEM", async () => {
    await store.putSealingProgress({ done: true });
    const further = [{ summary: { ...summary, fingerprint: "cd".repeat(32) }, chain: "CHAIN", key: PEM }];
    const some = { ...keys.front("g.example"), ...front(SEALED, "serve"), domain: "g.example", further };
    const none = { ...keys.certificate("g.example", summary), ...certificate(SEALED), domain: "g.example" };
    await putBack([none, some], table, 1);
    expect(await store.sealingProgress()).toEqual({ done: false });
  });

  it("has nothing to be sealed where what it has in PEM is over by now", async () => {
    await store.putSealingProgress({ done: true });
    await putBack([{ ...keys.certificate("d.example", summary), ...certificate(PEM), ttl: 1 }], table, Date.now());
    expect(await store.sealingProgress()).toEqual({ done: true });
  });

  it("has each of a front's keys sealed as it is now, and keeps in PEM what is another's, or nowhere sealed", async () => {
    const pem = (n: number) => PEM.replace("AAAA", String(n).repeat(4));
    const held = (n: number, key: string) => ({
      summary: { ...summary, fingerprint: String(n).repeat(64) },
      chain: "CHAIN",
      key,
    });
    const item = (domain: string, certificate: object, ...further: object[]) => ({
      ...keys.front(domain),
      ...front(PEM, "serve"),
      domain,
      certificate,
      further,
    });
    await table.put({
      ...item("e.example", held(1, `${SEALED}1`), held(2, `${SEALED}2`), held(3, pem(3))),
      revision: 7,
    });
    const before = item("e.example", held(1, pem(1)), held(2, pem(2)), held(3, pem(3)), held(4, pem(4)), { summary });
    await putBack([before], table, Date.now());
    expect(await table.get(keys.front("e.example"))).toMatchObject({
      certificate: { key: `${SEALED}1` },
      further: [{ key: `${SEALED}2` }, { key: pem(3) }, { key: pem(4) }, { summary }],
    });
  });

  it("keeps a key that it has sealed itself, though the table has sealed it otherwise since", async () => {
    const sealed = { ...certificate(`${SEALED}then`), domain: "f.example" };
    await store.putCertificate({ ...sealed, key: `${SEALED}now` });
    await putBack([{ ...keys.certificate("f.example", summary), ...sealed }], table, 1);
    expect((await store.certificates("f.example"))[0]?.key).toBe(`${SEALED}then`);
  });
});
