import { DAY, HOUR, MINUTE } from "../../../../core/base/clock";
import type { AcmeError } from "../../../../core/ca/certificate-authority";
import { startOrder } from "../../../../core/issue/order/intention";
import { Setback } from "../../../../core/issue/setback";
import type { TenantRecord } from "../../../../core/record/record";
import { certificateSummary, heartbeat, tenant } from "../../../../testing/records";
import { refusal, type ScriptedCa } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

const ALIASES = ["b.example", "c.example", "d.example"];
const NAMES = ["a.example", ...ALIASES];
let stage: TurnStage;
let second: ScriptedCa;
beforeEach(() => {
  stage = new TurnStage();
  second = stage.newCa("second-ca");
  stage.point(...NAMES);
});

const silent = refusal("rejectedIdentifier", { status: 403, detail: "policy" });
const blaming = (...names: string[]) =>
  refusal("rejectedIdentifier", {
    status: 403,
    subproblems: names.map((name) => ({ type: "rejectedIdentifier", detail: "no", name })),
  });
/** Says no to the first orders, one after the other. */
const refuses = (ca: ScriptedCa, ...errors: (AcmeError | undefined)[]) => {
  ca.refuses = (call) => (call === "newOrder" ? errors.shift() : undefined);
};
const ordered = (ca = stage.ca) => ca.orders.map(({ names }) => names);
const record = () => stage.record("a.example");

async function start(changes: Partial<TenantRecord> = {}, aliases = ALIASES): Promise<unknown> {
  const turn = await stage.begin({ tenant: tenant("a.example", { aliases }), ...changes });
  return startOrder(turn).catch((error: unknown) => {
    if (!(error instanceof Setback)) throw error;
    return { reason: error.reason, ...error.details };
  });
}

describe("an order that is begun", () => {
  it("is for all names, at the first CA, under one intention", async () => {
    stage.cas = [stage.ca, second];
    expect(await start()).toBe("again");
    expect(ordered()).toEqual([NAMES]);
    expect(second.calls).toEqual([]);
    expect((await record()).order).toMatchObject({
      ca: "first-ca",
      names: NAMES,
      url: "https://first-ca.test/order/0",
    });
  });

  it("is not where no name passed, and says why", async () => {
    for (const name of NAMES) stage.resolver.remove(name);
    expect(await start()).toMatchObject({ kind: "waiting", reason: { code: "DNS_NXDOMAIN" } });
    expect(stage.ca.calls).toEqual([]);
  });

  it("waits for fronts first", async () => {
    await stage.memory.putHeartbeat(heartbeat("front-1", stage.clock.now(), { thumbprint: "another" }));
    expect(await start()).toMatchObject({ kind: "unfinished", reason: { code: "WAITING" } });
    expect(stage.resolver.queries).toEqual([]);
  });

  it("waits for a name that would be lost", async () => {
    const certificate = certificateSummary("a.example", { names: NAMES, notAfter: stage.clock.now() + 30 * DAY });
    stage.resolver.set("b.example", { servfail: true });
    const renewal = { renewAt: stage.clock.now(), source: "lifetime" } as const;
    expect(await start({ certificate, renewal })).toMatchObject({ kind: "waiting", reason: { code: "DNS_SERVFAIL" } });
    expect(stage.ca.calls).toEqual([]);
  });

  it("is not where it would gain nothing, and says what is missing all the same", async () => {
    const certificate = certificateSummary("a.example", {
      names: NAMES.slice(0, 3),
      notAfter: stage.clock.now() + 60 * DAY,
    });
    const renewal = { renewAt: stage.clock.now() + 30 * DAY, source: "lifetime" } as const;
    stage.resolver.remove("d.example");
    expect(await start({ certificate, renewal })).toBe("no-gain");
    expect(stage.ca.calls).toEqual([]);
    expect((await record()).reason?.code).toBe("DNS_NXDOMAIN");
  });
});

describe("a CA that does not take it", () => {
  beforeEach(() => {
    stage.cas = [stage.ca, second];
  });

  it("is followed by the next one, under the same intention", async () => {
    refuses(stage.ca, silent);
    expect(await start()).toBe("again");
    expect(ordered(second)).toEqual([NAMES]);
    const { order, refusedNames, search } = await record();
    expect(order?.ca).toBe("second-ca");
    expect({ refusedNames, search }).toEqual({ refusedNames: undefined, search: undefined });
  });

  it("is not asked where it is down, and the next one is", async () => {
    const { outages } = stage.ports();
    await outages.limited("first-ca", HOUR);
    expect(await start()).toBe("again");
    expect(stage.ca.calls).toEqual([]);
    expect(ordered(second)).toEqual([NAMES]);
  });

  it("says why where all do not, and the soonest of them when", async () => {
    stage.ca.fail("newOrder", { type: "rateLimited", detail: "too many new orders" }, { retryAfterMs: 3 * HOUR });
    second.fail("newOrder", { type: "accountDoesNotExist", status: 400 });
    const { retryAt, ...setback } = (await start()) as { retryAt: number };
    expect(setback).toMatchObject({ kind: "outage", reason: { code: "RATE_LIMITED" } });
    expect(retryAt).toBe(stage.clock.now() + MINUTE);
  });

  it.each([
    ["the first alone", 3 * HOUR, undefined, 3 * HOUR],
    ["the second alone", undefined, 3 * HOUR, 3 * HOUR],
    ["the later one first", 3 * HOUR, 2 * HOUR, 2 * HOUR],
    ["neither", undefined, undefined, undefined],
  ])("says when, or our schedule does: %s", async (_who, one, other, expected) => {
    const no = (retryAfterMs: number | undefined) =>
      refusal("rejectedIdentifier", { detail: "policy" }, retryAfterMs === undefined ? {} : { retryAfterMs });
    refuses(stage.ca, no(one));
    refuses(second, no(other));
    const { retryAt } = (await start({}, [])) as { retryAt?: number };
    expect(retryAt === undefined ? undefined : retryAt - stage.clock.now()).toBe(expected);
  });

  it("is not followed by another where only the time is too short", async () => {
    const turn = await stage.begin({}, { lasts: 1_000 });
    await expect(startOrder(turn)).rejects.toMatchObject({
      reason: { code: "WAITING" },
      details: { kind: "unfinished" },
    });
    expect([...stage.ca.calls, ...second.calls]).toEqual([]);
    expect((await record()).order?.ca).toBe("first-ca");
  });

  it("is followed by nobody where the fault is ours", async () => {
    stage.ca.newOrder = () => Promise.reject(new TypeError("ours"));
    await expect(start()).rejects.toThrow("ours");
    expect(second.calls).toEqual([]);
  });
});

describe("names that a CA does not take", () => {
  it("are left out, so that the others go on", async () => {
    refuses(stage.ca, blaming("b.example", "d.example"));
    expect(await start()).toBe("again");
    const { order, refusedNames } = await record();
    expect(order).toBeUndefined();
    const until = stage.clock.now() + DAY;
    expect(refusedNames).toMatchObject([
      { name: "b.example", until, reason: { code: "CA_REJECTED" } },
      { name: "d.example", until },
    ]);
  });

  it("are those that the first CA of several blamed", async () => {
    stage.cas = [stage.ca, second];
    refuses(stage.ca, blaming("b.example"));
    refuses(second, blaming("c.example"));
    expect(await start()).toBe("again");
    expect((await record()).refusedNames?.map(({ name }) => name)).toEqual(["b.example"]);
  });

  it("are looked for where it blames none: those of the certificate first", async () => {
    const certificate = certificateSummary("a.example", { names: ["a.example", "c.example"] });
    refuses(stage.ca, silent);
    expect(await start({ certificate })).toBe("again");
    expect((await record()).search).toEqual({
      ca: "first-ca",
      stage: "ordering",
      good: [],
      open: [
        ["a.example", "c.example"],
        ["b.example", "d.example"],
      ],
      orders: 1,
    });
  });

  it.each<[string, AcmeError, string[]]>([
    ["it is the only one", silent, []],
    ["it is the only one, and blamed", blaming("a.example"), []],
    ["all are blamed", blaming(...NAMES), ALIASES],
  ])("are the whole order where %s: that is a no", async (_what, error, aliases) => {
    refuses(stage.ca, error);
    expect(await start({}, aliases)).toMatchObject({ kind: "refused", dropOrder: true });
    expect(await record()).not.toHaveProperty("refusedNames");
  });
});
