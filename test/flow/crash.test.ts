import type { TenantRecord } from "../../core/record/record";
import { CrashError, crashingStore } from "../../testing/crashing-store";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

/** More writes than any turn makes; the last crash of each sequence does not happen, which the tests assert. */
const MOST_WRITES = 40;

describe.each(["before", "after"] as const)("an issuer killed %s its nth write", (when) => {
  it.each([
    ["first certificate, CA lists orders", { listsOrders: true, processingPolls: 0 }],
    ["first certificate, CA works on it for a while", { listsOrders: true, processingPolls: 3 }],
  ])("spends one order and ends active: %s", async (_what, ca) => {
    const crashes = await everyCrash(when, async (stage) => {
      Object.assign(stage.ca, ca);
      stage.point("a.example", "www.a.example");
      await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
    });
    expect(crashes.length).toBeGreaterThan(8);
    for (const { writes, orders, record } of crashes) {
      expect({ writes, orders, state: record.state, order: record.order }).toEqual({
        writes,
        orders: 1,
        state: "active",
        order: undefined,
      });
    }
  });

  it("spends a second order only at a CA that does not list orders, and only where its answer was lost", async () => {
    const crashes = await everyCrash(when, async (stage) => {
      stage.ca.listsOrders = false;
      stage.point("a.example");
      await stage.apply(tenant("a.example"));
    });
    // The order's URL is the write that was lost. Let's Encrypt hands out the same pending order again, this CA does not.
    const doubled = crashes.filter(({ orders }) => orders > 1).map(({ writes }) => writes.slice(-3));
    expect(doubled).toEqual(when === "before" ? [["putOrderSecret", "saveTenant", "saveTenant"]] : []);
    expect(crashes.map(({ record }) => record.state)).toEqual(crashes.map(() => "active"));
  });

  it("renews with one further order, and serves the old certificate until the new one is stored", async () => {
    const crashes = await everyCrash(when, async (stage) => {
      stage.point("a.example");
      await stage.apply(tenant("a.example"));
      await stage.turn();
      stage.clock.advance(61 * 86_400_000);
    });
    expect(crashes.length).toBeGreaterThan(8);
    for (const { writes, orders, record, served } of crashes) {
      expect({ writes, orders, state: record.state }).toEqual({ writes, orders: 2, state: "active" });
      expect(served).not.toContain(undefined);
    }
  });
});

interface CrashResult {
  /** What was written, the last one being where it crashed. */
  readonly writes: readonly string[];
  readonly orders: number;
  readonly record: TenantRecord;
  /** Serial in the front item after every turn. */
  readonly served: readonly (string | undefined)[];
}

/** Plays the same scene once per write, killing the issuer there, and lets the schedule go on until the tenant is at rest. */
async function everyCrash(
  when: "before" | "after",
  prepare: (stage: IssuerStage) => Promise<void>,
): Promise<CrashResult[]> {
  const results: CrashResult[] = [];
  for (let write = 1; write <= MOST_WRITES; write++) {
    const stage = new IssuerStage();
    await prepare(stage);
    const served: (string | undefined)[] = [];
    const look = async () => served.push((await stage.memory.frontItem("a.example"))?.certificate?.summary.serial);
    const crash = crashingStore(stage.memory, write, when);
    await stage.turn(stage.ports({ store: crash.store })).catch(() => undefined);
    await look();
    if (!crash.crashed()) return results;

    // Another worker comes by each minute.
    for (let minute = 0; minute < 15; minute++) {
      stage.clock.advance(60_000);
      await stage.turn();
      await look();
    }
    expect(stage.errors.filter((error) => !(error instanceof CrashError))).toEqual([]);
    results.push({
      writes: crash.writes,
      orders: stage.ca.orders.length,
      record: await stage.record("a.example"),
      served,
    });
  }
  throw new Error(`The turn makes more than ${MOST_WRITES} writes.`);
}
