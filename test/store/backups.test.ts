import { DAY, HOUR } from "../../core/base/clock";
import { ensureTicketKeys, rotateTicketKeys } from "../../core/issue/ticket-keys";
import { newTenantRecord } from "../../core/record/store";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA, TRANSIENT_SCHEMA } from "../../store/schema";
import { TransientTable } from "../../store/transient-table";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

/** As point-in-time recovery has it: what the one table held at each moment of a week. */
describe("ticket keys of a week ago", () => {
  const stage = new IssuerStage();
  const backups: string[] = [];
  const made: string[] = [];
  let database: LocalDynamoDb;
  let store: DynamoStore;
  let transient: TransientTable;

  beforeAll(async () => {
    database = await startDynamoDb();
    await database.createTable("certfront", TABLE_SCHEMA);
    await database.createTable("certfront-transient", TRANSIENT_SCHEMA);
    store = new DynamoStore("certfront", database.clientConfig, stage.clock);
    transient = new TransientTable("certfront-transient", database.clientConfig);
    const api = new AwsClient(DYNAMODB, database.clientConfig);
    const ports = stage.ports({ store, transient });
    await store.createTenant(newTenantRecord(tenant("a.example"), stage.clock.now()));
    await ensureTicketKeys(ports);
    for (let rotation = 0; rotation < (7 * DAY) / (8 * HOUR); rotation++) {
      made.push(...((await transient.ticketKeys())?.keys ?? []));
      backups.push(JSON.stringify((await api.call("Scan", { TableName: "certfront" })).Items));
      stage.clock.advance(8 * HOUR);
      expect(await rotateTicketKeys(ports)).toBe(true);
    }
  });
  afterAll(() => database?.stop());

  it("are in no backup, sealed or not, so that not even a front can open them there", async () => {
    expect(backups).toHaveLength(21);
    expect(new Set(made).size).toBe(23);
    for (const backup of backups) {
      expect(backup).toContain("TENANT#a.example");
      expect(backup).not.toMatch(/TICKETS|ticket-keys/);
      for (const key of made) expect(backup).not.toContain(key.slice(-40));
    }
  });

  it("are gone where they were: only those of the last day are left", async () => {
    const now = (await transient.ticketKeys())?.keys ?? [];
    expect(now).toHaveLength(3);
    // The last two that were made, and one since.
    const distinct = [...new Set(made)];
    expect(distinct.filter((key) => now.includes(key))).toEqual(distinct.slice(-2));
  });
});
