import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import { knownLimits } from "../../../core/ca/known-limits";
import { CaLimits } from "../../../core/ca/limits";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { certificateSummary } from "../../../testing/records";

const LE = "https://acme-v02.api.letsencrypt.org/directory";
let clock: ManualClock;
let store: MemoryStore;
let limits: CaLimits;
beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore(clock);
  limits = newLimits();
});

const newLimits = () => new CaLimits(store, clock, new Map([["le", knownLimits(LE)]]));
const fresh = (name: string) => limits.take("le", { names: [name], replaces: undefined, inAriWindow: false });
const renewal = (name: string, changes: Parameters<typeof certificateSummary>[1] = {}) =>
  limits.take("le", { names: [name], replaces: certificateSummary(name, { ca: "le", ...changes }), inAriWindow: true });

async function untilRefused(
  take: (n: number) => ReturnType<typeof fresh>,
  most = 1_000,
): Promise<{ taken: number; refusal: Awaited<ReturnType<typeof fresh>> }> {
  for (let taken = 0; taken < most; taken++) {
    const refusal = await take(taken);
    if (refusal) return { taken, refusal };
  }
  throw new Error(`Never refused in ${most}.`);
}

it.each<[string, object]>([
  ["no level", { tokens: undefined }],
  ["a level that is a text", { tokens: "none" }],
  ["no time", { tokens: 0, updatedAt: undefined }],
  ["a time far ahead, of a clock that was wrong", { tokens: 0, updatedAt: 8e15 }],
])("a bucket with %s stops nobody's orders", async (_what, changes) => {
  const odd = { tokens: 5, updatedAt: clock.now(), version: 3, ...changes };
  Object.assign(store, { bucket: async () => odd, putBucket: async () => true });
  expect(await fresh("a.example")).toBeUndefined();
  expect(limits.takeMostUsed()).toBeLessThanOrEqual(1);
});

describe("Let's Encrypt's limits", () => {
  it("let new tenants have 300 orders in 3 hours, less the fifth that is kept for renewals", async () => {
    const { taken, refusal } = await untilRefused((n) => fresh(`t${n}.example`));
    expect(taken).toBe(240);
    expect(refusal).toEqual({ description: "300 new orders per 3 hours", retryAt: clock.now() + 36 * SECOND });
    const renewals = await untilRefused((n) => renewal(`old${n}.example`, { names: ["other.example"] }));
    expect(renewals.taken).toBe(60);
  });

  it("give everybody who waits a time of their own, in the order in which they asked", async () => {
    await untilRefused((n) => fresh(`t${n}.example`));
    const waits = await Promise.all(["x", "y", "z"].map((name) => fresh(`${name}.example`)));
    expect(waits.map((wait) => ((wait?.retryAt ?? 0) - clock.now()) / SECOND)).toEqual([72, 108, 144]);
    clock.advance(36 * SECOND);
    expect(await fresh("t240.example")).toBeUndefined();
  });

  it("let 50 new names of one registered domain in per week, by the Public Suffix List", async () => {
    const { taken, refusal } = await untilRefused((n) => fresh(`t${n}.city.co.uk`));
    expect(taken).toBe(50);
    expect(refusal?.description).toBe("50 certificates under city.co.uk per 7 days");
    expect((refusal?.retryAt ?? 0) - clock.now()).toBe((7 * DAY) / 50);
    expect(await fresh("t.town.co.uk")).toBeUndefined();
    expect(await renewal("t1.city.co.uk")).toBeUndefined();
  });

  it("let the same names be ordered five times a week, renewals too", async () => {
    const { taken, refusal } = await untilRefused(() => renewal("a.example"));
    expect(taken).toBe(5);
    expect(refusal?.description).toBe("5 certificates for the same names per 7 days");
  });

  it("do not count renewals that say by ARI what they replace", async () => {
    await untilRefused((n) => fresh(`t${n}.example`));
    for (let n = 0; n < 20; n++) expect(await renewal("a.example", { ariId: "x.y" })).toBeUndefined();
    const before = (await store.bucket("orders#le"))?.tokens ?? 0;
    await renewal("a.example", { ariId: "x.y", ca: "another" });
    expect((await store.bucket("orders#le"))?.tokens).toBe(before - 1);
    // Before the window begins, other names are another certificate, whatever it replaces.
    const replaces = certificateSummary("a.example", { ca: "le", ariId: "x.y" });
    await limits.take("le", { names: ["a.example", "b.example"], replaces, inAriWindow: false });
    expect((await store.bucket("orders#le"))?.tokens).toBe(before - 2);
  });

  it("stop a name after five failed validations, for twelve minutes each", async () => {
    for (let n = 0; n < 5; n++) await limits.failed("le", ["a.example"]);
    const refusal = await fresh("a.example");
    expect(refusal).toEqual({
      description: "5 failed validations of a.example per hour",
      retryAt: clock.now() + 12 * MINUTE,
    });
    clock.advance(12 * MINUTE);
    expect(await fresh("a.example")).toBeUndefined();
  });

  it("stop no other name, and nothing at another CA, after failed validations", async () => {
    limits = new CaLimits(store, clock, new Map(["le", "other"].map((ca) => [ca, knownLimits(LE)] as const)));
    for (let n = 0; n < 5; n++) await limits.failed("le", ["a.example"]);
    expect(await fresh("b.example")).toBeUndefined();
    const order = { names: ["a.example"], replaces: undefined, inAriWindow: false };
    expect(await limits.take("other", order)).toBeUndefined();
    expect(await limits.take("le", order)).toBeDefined();
  });

  it("know the same names in another order as the same", async () => {
    const names = [
      ["a.example", "b.example"],
      ["b.example", "a.example"],
    ];
    const before = (await store.bucket("orders#le"))?.tokens;
    const { taken } = await untilRefused((n) => {
      const replaces = certificateSummary("a.example", { ca: "le", names: names[n % 2] ?? [] });
      return limits.take("le", { names: names[(n + 1) % 2] ?? [], replaces, inAriWindow: false });
    });
    expect(taken).toBe(5);
    // A renewal of the same names is no new order.
    expect((await store.bucket("orders#le"))?.tokens).toBe(before);
  });

  it("give a time to come back to whoever others were faster than, after the look and before the count", async () => {
    const full = { bucket: async () => undefined, putBucket: async () => false };
    const outrun = new CaLimits(full, clock, new Map([["le", knownLimits(LE)]]));
    const order = { names: ["a.example"], replaces: undefined, inAriWindow: false };
    const refusal = { description: "300 new orders per 3 hours", retryAt: clock.now() + 36 * SECOND };
    expect(await outrun.take("le", order)).toEqual(refusal);
    let looks = 0;
    const emptied = {
      bucket: async (id: string) =>
        id === "orders#le" && ++looks > 1 ? { tokens: 60, updatedAt: clock.now(), version: 1 } : undefined,
      putBucket: async () => true,
    };
    expect(await new CaLimits(emptied, clock, new Map([["le", knownLimits(LE)]])).take("le", order)).toEqual(refusal);
  });

  it.each([
    ["count an order for which others were faster 19 times", 19, true],
    ["stop fighting for a bucket after 20 times", 20, false],
  ])("%s", async (_what, faster, taken) => {
    const writes = new Map<string, number>();
    const contended = {
      bucket: async () => undefined,
      putBucket: async (id: string) => {
        writes.set(id, (writes.get(id) ?? 0) + 1);
        return id !== "orders#le" || (writes.get(id) ?? 0) > faster;
      },
    };
    const order = { names: ["a.example"], replaces: undefined, inAriWindow: false };
    const refusal = await new CaLimits(contended, clock, new Map([["le", knownLimits(LE)]])).take("le", order);
    expect(refusal === undefined).toBe(taken);
    expect(writes.get("orders#le")).toBe(20);
  });

  it("count nothing of an order that is refused", async () => {
    for (let n = 0; n < 5; n++) await limits.failed("le", ["a.example"]);
    const before = await store.bucket("orders#le");
    await fresh("a.example");
    expect(await store.bucket("orders#le")).toEqual(before);
  });

  it("hold for all workers together", async () => {
    const workers = Array.from({ length: 5 }, newLimits);
    const order = (n: number) => ({ names: [`t${n}.example`], replaces: undefined, inAriWindow: false });
    const taken = await Promise.all(
      workers.flatMap((worker, w) => Array.from({ length: 50 }, (_, n) => worker.take("le", order(w * 100 + n)))),
    );
    expect(taken.filter((refusal) => refusal === undefined)).toHaveLength(240);
    expect((await store.bucket("orders#le"))?.tokens).toBe(60);
  });

  it("fill up again as time passes, and say how full they are", async () => {
    expect(await limits.accountUsed()).toBe(0);
    await untilRefused((n) => fresh(`t${n}.example`));
    expect(await limits.accountUsed()).toBeCloseTo(0.8);
    expect(limits.takeMostUsed()).toBeCloseTo(0.8);
    expect(limits.takeMostUsed()).toBe(0);
    clock.advance(3 * HOUR);
    expect(await limits.accountUsed()).toBe(0);
  });
});

it("A CA whose limits nobody published has none here", async () => {
  expect(knownLimits("https://acme.zerossl.com/v2/DV90")).toEqual({});
  limits = new CaLimits(store, clock, new Map([["le", {}]]));
  for (let n = 0; n < 500; n++) expect(await fresh("a.example")).toBeUndefined();
});
