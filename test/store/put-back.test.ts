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
});
