import { issueBatch } from "../../core/issue/issue";
import { type Batch, reconcile } from "../../core/issue/reconcile";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { AcmeStage, wrap } from "../../testing/acme-stage";

const TENANTS = 200;
const TABLE = "many-tenants";

describe(`${TENANTS} tenants at once`, () => {
  let dynamo: LocalDynamoDb;
  let stage: AcmeStage;
  beforeAll(async () => {
    dynamo = await startDynamoDb();
    await dynamo.createTable(TABLE, TABLE_SCHEMA);
    stage = await AcmeStage.start(new DynamoStore(TABLE, dynamo.clientConfig));
  });
  afterAll(async () => {
    await stage.stop();
    await dynamo.stop();
  });

  /**
   * Pebble can lock itself up when an order is created while an authorization is read or given up (WFE.Authz and NewOrder wait for each
   * other's locks), so these two do not overlap here; `npm run bench:issue` lets them.
   */
  function gated() {
    let last: Promise<unknown> = Promise.resolve();
    return stage.cas.map((ca) =>
      wrap(ca, (call, _args, run) => {
        if (call !== "newOrder" && call !== "authorization" && call !== "deactivate") return run();
        const turn = last.then(run, run);
        last = turn.catch(() => {});
        return turn;
      }),
    );
  }

  it("all get their certificates, with one order each, in batches handed out by reconcile", async () => {
    const { pebble } = await stage.addPebble();
    const domains = Array.from({ length: TENANTS }, (_, n) => `t${n}.example`);
    for (const domain of domains) await stage.addTenant(domain);
    const ports = stage.ports({ cas: gated() });
    const batches: Batch[] = [];
    const { due } = await reconcile(ports, async (batch) => {
      batches.push(batch);
    });
    expect(due).toBe(TENANTS);
    for (const { claims } of batches) await issueBatch(claims, ports, stage.clock.now() + 300_000);

    expect(stage.errors).toEqual([]);
    const records = await Promise.all(domains.map((domain) => stage.record(domain)));
    expect(records.filter(({ state }) => state !== "active")).toEqual([]);
    expect(new Set(records.map(({ certificate }) => certificate?.serial)).size).toBe(TENANTS);
    expect(pebble.orderCount()).toBe(TENANTS);

    const fronts: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await stage.store.frontItemsSince(0, cursor);
      fronts.push(...page.items.filter(({ certificate }) => certificate).map(({ domain }) => domain));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(fronts.sort()).toEqual([...domains].sort());
    // And nothing is left to do.
    expect(await reconcile(ports, async () => {})).toEqual({ due: 0, batches: 0 });
  }, 180_000);
});
