import { DAY, HOUR, MINUTE } from "../../../core/base/clock";
import { nextInRound } from "../../../core/issue/renewal-round";
import type { TenantRecord } from "../../../core/record/record";
import { ROUND } from "../../../core/renewal/policy";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { certificateSummary, tenantRecord } from "../../../testing/records";

let clock: ManualClock;
let store: MemoryStore;
beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore(clock);
});

async function serve(count: number, changes: Partial<TenantRecord> = {}): Promise<void> {
  for (let n = 0; n < count; n++) {
    const domain = `t${n}.example`;
    const renewal = { renewAt: clock.now() + 30 * DAY, source: "ari", inRound: true } as const;
    await store.createTenant(
      tenantRecord(domain, clock.now(), {
        state: "active",
        certificate: certificateSummary(domain),
        renewal,
        ...changes,
      }),
    );
  }
}
const next = (timeScale = 1) => nextInRound({ store, clock, timeScale });
/** How many there are on the page, and what is known of the round once it was taken. */
async function taken(timeScale = 1) {
  const page = await next(timeScale);
  expect(await page?.take()).toBe(true);
  const { startedAt = 0, next: goesOnAt = 0, cursor } = (await store.renewalRound()) ?? {};
  return { count: page?.domains.length, startedAt, in: goesOnAt - clock.now(), cursor };
}

describe("a page of the round", () => {
  it("is two hundred tenants, and the next one is due in a minute", async () => {
    await serve(201);
    const startedAt = clock.now();
    expect(await taken()).toEqual({ count: 200, startedAt, in: MINUTE, cursor: "200" });
    clock.advance(MINUTE - 1);
    expect(await next()).toBeUndefined();
    clock.advance(1);
    expect((await next())?.domains).toEqual(["t200.example"]);
  });

  it("is the last one where all fit, and the round begins anew when it is time", async () => {
    await serve(200);
    const startedAt = clock.now();
    expect(await taken()).toEqual({ count: 200, startedAt, in: ROUND, cursor: undefined });
    clock.advance(ROUND);
    expect(await taken()).toEqual({ count: 200, startedAt: startedAt + ROUND, in: ROUND, cursor: undefined });
  });

  it("counts the round from its first page", async () => {
    await serve(201);
    const { startedAt } = await taken();
    clock.advance(HOUR);
    expect(await taken()).toEqual({ count: 1, startedAt, in: ROUND - HOUR, cursor: undefined });
  });

  it("is followed by the next round at once where this one took longer than that", async () => {
    await serve(201);
    await taken();
    clock.advance(ROUND + HOUR);
    expect(await taken()).toMatchObject({ count: 1, in: 1 });
  });

  it("comes as often as the stack's time passes, in whole milliseconds", async () => {
    await serve(201);
    expect((await taken(60)).in).toBe(1_000);
    clock.advance(1_000);
    expect((await taken(7)).in).toBe(Math.round(ROUND / 7) - 1_000);
  });

  it.each<[string, boolean, Partial<TenantRecord>]>([
    ["is served and in the round", true, {}],
    ["was taken out", false, { state: "removed" }],
    ["has no certificate", false, { certificate: undefined as never }],
    ["has no plan", false, { renewal: undefined as never }],
    ["has a time of its own", false, { renewal: { renewAt: Number.MAX_SAFE_INTEGER, source: "ari" } }],
    [
      "is due in a moment",
      true,
      { renewal: { renewAt: Date.UTC(2026, 10, 21, 12) + 1, source: "ari", inRound: true } },
    ],
    ["is due already", false, { renewal: { renewAt: Date.UTC(2026, 10, 21, 12), source: "ari", inRound: true } }],
  ])("has who %s: %p", async (_who, has, changes) => {
    await serve(1, changes);
    expect((await next())?.domains).toEqual(has ? ["t0.example"] : []);
  });

  it("is one worker's", async () => {
    await serve(1);
    const [first, second] = [await next(), await next()];
    expect([await first?.take(), await second?.take()]).toEqual([true, false]);
  });
});
