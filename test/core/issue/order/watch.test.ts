import { DAY, HOUR, MINUTE, SECOND } from "../../../../core/base/clock";
import type { AcmeOrder } from "../../../../core/ca/certificate-authority";
import { watch } from "../../../../core/issue/order/watch";
import { Setback } from "../../../../core/issue/setback";
import type { OrderProgress } from "../../../../core/record/record";
import { TurnStage } from "../../../../testing/turns";

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const URL = "https://first-ca.test/order/0";
const PROCESSING: AcmeOrder = { url: URL, status: "processing", authorizations: [], finalize: `${URL}/finalize` };
const isDone = ({ status }: AcmeOrder): boolean => status !== "processing";

interface Given {
  /** How often the order is asked for until it moves; default: for ever. */
  readonly polls?: number;
  /** Since when it has been in this state, ms ago. */
  readonly waited?: number;
  readonly retryAfterMs?: number;
  readonly lasts?: number;
  readonly timeScale?: number;
  readonly cas?: number;
  readonly progress?: Partial<OrderProgress>;
}

/** Watches an order, and says how that ended. */
async function watched({
  polls = Number.POSITIVE_INFINITY,
  waited,
  retryAfterMs,
  lasts,
  timeScale = 1,
  cas = 1,
  progress = {},
}: Given) {
  const now = stage.clock.now();
  stage.cas = Array.from({ length: cas }, (_, at) => (at === 0 ? stage.ca : stage.newCa(`ca-${at}`)));
  const order: AcmeOrder = { ...PROCESSING, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  let asked = 0;
  stage.ca.order = async (url) => {
    expect(url).toBe(URL);
    return ++asked >= polls ? { ...order, status: "valid" } : order;
  };
  const waiting = waited === undefined ? {} : { waiting: { status: "processing", since: now - waited } };
  const work = await stage.ordering(
    { startedAt: now, ...waiting, ...progress },
    {},
    { timeScale, ...(lasts !== undefined && { lasts }) },
  );
  const end = await watch(work, order, isDone).catch((error: unknown) => error);
  if (!(end instanceof Setback)) return { order: end as AcmeOrder, asked };
  const { retryAt = 0 } = end.details;
  return { ...end.details, reason: end.reason, in: retryAt - stage.clock.now(), asked };
}

describe("an order that is watched", () => {
  it("is not asked for where it has moved", async () => {
    const work = await stage.ordering();
    const order = { ...PROCESSING, status: "valid" } as const;
    expect(await watch(work, order, isDone)).toBe(order);
    expect(stage.pauses).toEqual([]);
  });

  it("is asked for again and again, ever more rarely, until it moves", async () => {
    expect(await watched({ polls: 10 })).toMatchObject({ order: { status: "valid" }, asked: 10 });
    expect(stage.pauses.map(Math.round)).toEqual([250, 375, 563, 844, 1266, 1898, 2848, 4271, 5000, 5000]);
  });

  it.each([
    [2 * SECOND, [2_000, 2_000]],
    [5 * SECOND, [5_000, 5_000]],
    [1, [250, 375]],
  ])("is asked for no sooner than the CA says: in %i ms", async (retryAfterMs, pauses) => {
    await watched({ polls: 2, retryAfterMs });
    expect(stage.pauses).toEqual(pauses);
  });

  it("is left to the next turn after a minute", async () => {
    const { asked, ...left } = await watched({});
    expect(left).toMatchObject({
      kind: "unfinished",
      reason: { code: "WAITING", sentence: "first-ca is still working on the order for a.example." },
      in: 5 * SECOND,
    });
    const passed = stage.clock.now() - stage.begun;
    expect(passed).toBeLessThanOrEqual(MINUTE);
    expect(passed).toBeGreaterThan(55 * SECOND);
    expect(asked).toBe(stage.pauses.length);
  });

  it("is left at once where the CA asks for a longer pause, which is a minute at the most", async () => {
    expect(await watched({ retryAfterMs: 5 * SECOND + 1 })).toMatchObject({ in: 5 * SECOND + 1, asked: 0 });
    stage = new TurnStage();
    expect(await watched({ retryAfterMs: DAY })).toMatchObject({ in: MINUTE, asked: 0 });
  });

  it.each([
    [SECOND, 2],
    [250, 1],
    [249, 0],
  ])("is left at the turn's end, %i ms away", async (lasts, asked) => {
    expect((await watched({ lasts })).asked).toBe(asked);
  });

  it("is watched closely for two minutes, and then looked at once a turn", async () => {
    expect((await watched({ waited: 2 * MINUTE - 1, polls: 1 })).asked).toBe(1);
    stage = new TurnStage();
    expect((await watched({ waited: 2 * MINUTE })).asked).toBe(0);
  });

  it.each([
    ["every five seconds at first", MINUTE, 5 * SECOND],
    ["then after a quarter of the time that it has waited", 2 * MINUTE, 30 * SECOND],
    ["then less", 20 * MINUTE, 5 * MINUTE],
    ["every ten minutes in the end", 5 * HOUR, 10 * MINUTE],
  ])("is looked at %s", async (_when, waited, expected) => {
    const { in: wait = 0 } = (await watched({ waited, lasts: 0 })) as { in?: number };
    expect(wait).toBe(expected);
  });

  it("waits from when it came into this state", async () => {
    const since = stage.clock.now();
    expect(await watched({})).toMatchObject({ order: { id: "1", url: URL, waiting: { status: "processing", since } } });
    stage = new TurnStage();
    expect(await watched({ waited: HOUR })).toMatchObject({ order: { waiting: { since: since - HOUR } } });
    stage = new TurnStage();
    const progress = { waiting: { status: "pending", since: 1 } };
    expect(await watched({ progress })).toMatchObject({ order: { waiting: { status: "processing", since } } });
  });

  it("stays on record with what was validated for it, if anything was", async () => {
    expect(await watched({ progress: { validated: ["https://first-ca.test/order/0/0"] } })).toMatchObject({
      order: { validated: ["https://first-ca.test/order/0/0"] },
    });
    stage = new TurnStage();
    expect((await watched({})).order).not.toHaveProperty("validated");
  });

  it.each<[string, boolean, Given]>([
    ["is given up after an hour where another CA is left", true, { waited: HOUR, cas: 2 }],
    ["and not a moment before", false, { waited: HOUR - 1, cas: 2 }],
    ["after six hours where none is", true, { waited: 6 * HOUR }],
    ["and not a moment before", false, { waited: 6 * HOUR - 1 }],
    ["after six hours of the stack's time", true, { waited: HOUR, timeScale: 6 }],
    ["and not a moment before", false, { waited: HOUR - 1, timeScale: 6 }],
  ])("%s: %p", async (_what, givenUp, given) => {
    const { dropOrder, reason } = (await watched(given)) as { dropOrder?: boolean; reason?: { sentence: string } };
    expect(dropOrder).toBe(givenUp ? true : undefined);
    if (givenUp)
      expect(reason?.sentence).toBe(
        "first-ca did not finish the order for a.example: it has been processing for too long. A new one is placed.",
      );
  });
});
