import { DAY, MINUTE, SECOND } from "../../core/base/clock";
import type { FrontItem, TenantRecord } from "../../core/record/record";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { certfront } from "../../testing/certfront-cli";
import { ManualClock } from "../../testing/manual-clock";
import { heartbeat } from "../../testing/records";
import { activeTenant } from "../../testing/sample-tenants";
import { startBackups } from "../../testing/table-backups";

const TABLE = "certfront-prod-table";
let database: LocalDynamoDb;
let backups: Awaited<ReturnType<typeof startBackups>>;
let store: DynamoStore;
let clock: ManualClock;
const before = { ...process.env };

beforeEach(async () => {
  database = await startDynamoDb();
  await database.createTable(TABLE, TABLE_SCHEMA);
  backups = await startBackups(database, TABLE);
  clock = new ManualClock();
  clock.advance(SECOND - (clock.now() % SECOND));
  store = new DynamoStore(TABLE, database.clientConfig, clock);
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL_DYNAMODB: backups.endpoint, AWS_REGION: "eu-west-1" },
    ...{ AWS_ACCESS_KEY_ID: "administrator", AWS_SECRET_ACCESS_KEY: "x" },
  });
});
afterEach(async () => {
  process.env = { ...before };
  await Promise.all([backups.stop(), database.stop()]);
});

const restore = (...args: string[]) =>
  certfront(["restore", "--table", TABLE, ...args], {
    env: {},
    clock,
    pause: async (ms) => clock.advance(ms),
  });

async function add(domain: string, day = 75): Promise<TenantRecord> {
  const record = { ...activeTenant(domain, day), revision: clock.now() };
  await store.createTenant(record);
  await store.putFrontItem(frontOf(record));
  return record;
}
const frontOf = ({ tenant, revision }: TenantRecord): FrontItem => ({
  ...{ domain: tenant.domain, revision, removed: false, tenant },
});
const later = () => clock.advance(MINUTE);

describe("certfront restore of a damaged table", () => {
  it("puts back what was removed, so that fronts see it, and leaves what came later", async () => {
    const [gone, stays] = [await add("gone.example"), await add("stays.example")];
    await store.putHeartbeat(heartbeat("i-1", clock.now()));
    later();
    const at = clock.now();
    await backups.snapshot(at);
    later();
    await store.saveTenant({ ...gone, state: "removed", since: clock.now(), version: gone.version + 1 });
    await store.putFrontItem({ ...frontOf(gone), removed: true, revision: clock.now() });
    await add("new.example");
    await store.putHeartbeat(heartbeat("i-1", clock.now()));
    const lastSeen = clock.now();
    later();

    const { code, stdout } = await restore("--to", new Date(at).toISOString(), "--yes");
    expect(stdout).toContain("0 items were missing, 2 had changed, 3 are as they were, 0 are over.");
    expect(stdout).toContain("after 30 s.");
    expect(stdout).toContain("aws dynamodb delete-table --table-name certfront-prod-table-at-");
    expect(code).toBe(0);

    expect(await store.tenant("gone.example")).toMatchObject({ state: gone.state, version: gone.version + 2 });
    expect(await store.tenant("new.example")).toBeDefined();
    expect(await store.tenant("stays.example")).toEqual(stays);
    // A front that had seen all there was learns of it.
    const { items } = await store.frontItemsSince(lastSeen + 1);
    expect(items.map(({ domain, removed }) => [domain, removed])).toEqual([["gone.example", false]]);
    // What fronts said last is not what they said then.
    expect((await store.heartbeats(clock.now(), DAY)).map(({ at: said }) => said)).toEqual([lastSeen]);
  });

  it("loses nothing that was deleted, and no certificate that is newer than the backup's", async () => {
    const renewed = await add("renewed.example", 20);
    later();
    await backups.snapshot(clock.now());
    const { certificate } = activeTenant("renewed.example", 85);
    if (!certificate) throw new Error("it has one");
    const next = { ...renewed, certificate, version: renewed.version + 1 };
    await store.saveTenant(next);
    const { code, stdout } = await restore("--to", "latest", "--yes", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ table: TABLE, missing: 0, changed: 0, kept: 2 });
    expect(await store.tenant("renewed.example")).toEqual(next);
    expect(code).toBe(0);
  });

  it("names the window where a time lies outside of it, and does nothing", async () => {
    await add("a.example");
    await backups.snapshot(clock.now());
    const { code, stderr } = await restore("--to", new Date(clock.now() - DAY).toISOString(), "--yes");
    expect(stderr).toContain("the table's recovery reaches from");
    expect(code).toBe(2);
  });

  it("does nothing until somebody says yes, nor without a time", async () => {
    await add("a.example");
    await backups.snapshot(clock.now());
    const asked = await restore("--to", "latest");
    expect(asked.asked).toEqual([expect.stringContaining(`back into ${TABLE}?`)]);
    expect(asked.code).toBe(1);
    expect((await restore("--to", "yesterday")).code).toBe(2);
    expect((await restore()).stderr).toContain("--to takes a time such as");
  });
});

describe("certfront restore of a table that is gone", () => {
  it("makes it anew under its name, with all that it held, and with what a restore leaves out", async () => {
    const record = await add("a.example");
    later();
    await backups.snapshot(clock.now());
    await backups.deleteTable();
    await expect(store.tenant("a.example")).rejects.toThrow("ResourceNotFoundException");

    const { code, stdout } = await restore("--to", "latest", "--yes");
    expect(stdout).toContain(
      `${TABLE} is as it was at ${new Date(clock.now() - 30 * SECOND).toISOString()}, after 30 s.`,
    );
    expect(stdout).toContain("pulumi up --refresh");
    expect(code).toBe(0);
    expect(await store.tenant("a.example")).toEqual(record);
    expect((await store.listTenants()).items.map(({ domain }) => domain)).toEqual(["a.example"]);
    expect(backups.settings).toEqual([
      `${TABLE}: encrypted with {"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"arn:key"}`,
      `${TABLE}: UpdateContinuousBackups`,
      `${TABLE}: UpdateTimeToLive`,
      `${TABLE}: UpdateTable`,
    ]);
  });

  it("says so where no backup is left, and what happens then", async () => {
    await backups.deleteTable();
    const { code, stderr } = await restore("--to", "latest", "--yes");
    expect(stderr).toContain("no backup of it");
    expect(stderr).toContain("pulumi up --refresh");
    expect(code).toBe(3);
  });
});
