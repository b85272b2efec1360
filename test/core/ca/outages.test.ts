import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import { CaOutages } from "../../../core/ca/outages";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";

let clock: ManualClock;
let store: MemoryStore;
let outages: CaOutages;
beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore(clock);
  outages = newWorker();
});

const newWorker = () => new CaOutages(store, clock, 1);
/** Milliseconds from now. */
const wait = async (moment: Promise<number | undefined>) => {
  const at = await moment;
  return at === undefined ? undefined : at - clock.now();
};
/** The failure that makes the CA count as down. @returns for how long, ms */
const goDown = async (retryAfterMs?: number) => {
  await outages.report("le", "a.example", undefined);
  await outages.report("le", "b.example", undefined);
  return wait(outages.report("le", "a.example", retryAfterMs));
};

describe("a CA that fails", () => {
  it("is asked while nothing is known against it", async () => {
    expect([await outages.until("le"), await outages.isDown("le")]).toEqual([undefined, false]);
    await outages.over("le");
    expect(await store.outage("le")).toBeUndefined();
  });

  it("counts as down after the third failure in a row, of two tenants, and no other CA does", async () => {
    expect(await wait(outages.report("le", "a.example", undefined))).toBe(0);
    expect(await wait(outages.report("le", "b.example", undefined))).toBe(0);
    expect([await outages.until("le"), await outages.isDown("le")]).toEqual([undefined, false]);
    expect(await wait(outages.report("le", "a.example", undefined))).toBe(MINUTE);
    expect([await wait(outages.until("le")), await outages.isDown("le")]).toEqual([MINUTE, true]);
    expect([await outages.until("other"), await outages.isDown("other")]).toEqual([undefined, false]);
  });

  it("is not down for all because of one tenant, whose many failures lengthen no outage either", async () => {
    for (let n = 0; n < 10; n++) expect(await wait(outages.report("le", "a.example", undefined))).toBe(0);
    expect(await outages.isDown("le")).toBe(false);
    expect(await wait(outages.report("le", "b.example", undefined))).toBe(2 * MINUTE);
  });

  it("is left alone for longer each time that it is still down: 1, 2, 5, 10, then 30 minutes", async () => {
    const waits = [await goDown()];
    for (let n = 0; n < 5; n++) {
      clock.advance(waits.at(-1) ?? 0);
      expect([await outages.until("le"), await outages.isDown("le")]).toEqual([undefined, false]);
      waits.push(await wait(outages.report("le", "a.example", undefined)));
    }
    expect(waits).toEqual([1, 2, 5, 10, 30, 30].map((minutes) => minutes * MINUTE));
  });

  it("fails all who meet one outage once, and whoever was asked to wait longer does", async () => {
    await goDown();
    clock.advance(20 * SECOND);
    expect(await wait(newWorker().report("le", "c.example", undefined))).toBe(40 * SECOND);
    expect(await wait(newWorker().report("le", "d.example", 20 * MINUTE))).toBe(20 * MINUTE);
    clock.advance(40 * SECOND);
    expect(await wait(outages.report("le", "a.example", undefined))).toBe(2 * MINUTE);
  });

  it.each<[string, number, number]>([
    ["90 seconds", 90 * SECOND, 90 * SECOND],
    ["two hours", 2 * HOUR, HOUR],
    ["a time in the past", -HOUR, 0],
    ["no number", Number.NaN, 0],
  ])("may ask for a wait, an hour at most: %s", async (_asked, retryAfterMs, waited) => {
    expect(await wait(outages.report("le", "a.example", retryAfterMs))).toBe(waited);
    // One tenant's: the others are not held up.
    expect(await outages.until("le")).toBeUndefined();
    expect(await goDown(retryAfterMs)).toBe(Math.max(waited, MINUTE));
  });

  it("is asked again as before once it did what it should", async () => {
    await goDown(30 * MINUTE);
    for (let n = 0; n < 3; n++) await outages.until("le");
    await outages.over("le");
    for (const worker of [outages, newWorker()])
      expect([await worker.until("le"), await worker.isDown("le")]).toEqual([undefined, false]);
    expect(await wait(outages.report("le", "a.example", undefined))).toBe(0);
    expect(await wait(outages.report("le", "b.example", undefined))).toBe(0);
    expect(await wait(outages.report("le", "a.example", 30 * MINUTE))).toBe(30 * MINUTE);
    expect(await wait(outages.until("le"))).toBe(MINUTE);
  });
});

describe("while a CA is down", () => {
  it("whoever asks comes back a minute after the one before, and nobody after it may be over", async () => {
    await goDown(4 * MINUTE + 30 * SECOND);
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < 6; n++) waits.push(await wait(outages.until("le")));
    expect(waits).toEqual([1, 2, 3, 4, 4.5, 4.5].map((minutes) => minutes * MINUTE));
  });

  it("one order a minute asks it all the same, in all processes together", async () => {
    await goDown(30 * MINUTE);
    const others = [newWorker(), newWorker()];
    for (let n = 0; n < 3; n++) {
      clock.advance(MINUTE);
      const asked = [await outages.until("le"), await others[0]?.until("le"), await others[1]?.until("le")];
      expect(asked.filter((at) => at === undefined)).toHaveLength(1);
    }
  });

  it("the table is read once in five seconds, and what others found out is known then", async () => {
    let reads = 0;
    const outage = (ca: string) => {
      reads += 1;
      return store.outage(ca);
    };
    const counted = { outage, putOutage: store.putOutage.bind(store) };
    const worker = new CaOutages(counted, clock, 1);
    for (let n = 0; n < 10; n++) await worker.until("le");
    await goDown();
    clock.advance(5 * SECOND - 1);
    expect([await worker.isDown("le"), reads]).toEqual([false, 1]);
    clock.advance(1);
    expect([await worker.isDown("le"), reads]).toEqual([true, 2]);
  });

  it("a look at the table that fails is not remembered", async () => {
    await goDown();
    let broken = true;
    const outage = async (ca: string) => {
      if (broken) throw new Error("throttled");
      return store.outage(ca);
    };
    const worker = new CaOutages({ outage, putOutage: store.putOutage.bind(store) }, clock, 1);
    await expect(worker.isDown("le")).rejects.toThrow("throttled");
    broken = false;
    expect(await worker.isDown("le")).toBe(true);
  });
});

describe("a limit of the whole account", () => {
  it.each<[string, number | undefined, number]>([
    ["for as long as the CA says", 3 * HOUR, 3 * HOUR],
    ["a week at most", 30 * DAY, 7 * DAY],
    ["a minute at least", 5 * SECOND, MINUTE],
    ["a minute where it says nothing", undefined, MINUTE],
  ])("stops everybody's orders %s", async (_what, retryAfterMs, waited) => {
    expect(await wait(outages.limited("le", retryAfterMs))).toBe(waited);
    for (const worker of [outages, newWorker()]) expect(await wait(worker.until("le"))).toBe(waited);
    expect(await outages.isDown("le")).toBe(false);
    clock.advance(waited);
    expect(await outages.until("le")).toBeUndefined();
  });

  it("is shortened neither by a shorter one nor by an outage beside it", async () => {
    await outages.limited("le", 3 * HOUR);
    expect(await wait(outages.limited("le", HOUR))).toBe(3 * HOUR);
    await goDown();
    expect(await wait(outages.until("le"))).toBe(3 * HOUR);
    await outages.over("le");
    expect(await wait(outages.until("le"))).toBe(3 * HOUR);
  });
});

describe("what is remembered of a CA", () => {
  it("is written anew when another process was faster, five times at most", async () => {
    let refusals = 0;
    const refusing = (times: number) => ({
      outage: store.outage.bind(store),
      putOutage: async (next: Parameters<typeof store.putOutage>[0]) => ++refusals > times && store.putOutage(next),
    });
    await new CaOutages(refusing(4), clock, 1).report("le", "a.example", undefined);
    expect([refusals, (await store.outage("le"))?.failures]).toEqual([5, 1]);
    refusals = 0;
    await new CaOutages(refusing(100), clock, 1).report("le", "a.example", undefined);
    expect([refusals, (await store.outage("le"))?.failures]).toEqual([5, 1]);
  });

  const good = { ca: "le", failures: 3, tenants: ["a", "b"], until: 0, probeAt: 0, limitedUntil: 0, version: 1 };
  it.each<[string, object]>([
    ["failures that are a text", { failures: "many" }],
    ["tenants that are a text", { tenants: "a, b" }],
    ["tenants that are none", { tenants: [1, 2] }],
    ["an end that is a text", { until: "tomorrow" }],
    ["an end further away than any outage", { until: 8e15 }],
    ["a limit further away than any", { until: 0, limitedUntil: 8e15 }],
  ])("and is none, %s, stops nobody's orders", async (_what, changes) => {
    Object.assign(store, { outage: async () => ({ ...good, until: clock.now() + MINUTE, ...changes }) });
    expect(await outages.until("le")).toBeUndefined();
  });
});
