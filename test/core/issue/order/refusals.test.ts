import { DAY, HOUR, MINUTE } from "../../../../core/base/clock";
import type { AcmeError } from "../../../../core/ca/certificate-authority";
import { RefusedOrder, refusals, refusedOrder, refusedRequest, whenAsked } from "../../../../core/issue/order/refusals";
import type { Reason } from "../../../../core/record/reason";
import type { NameSearch, TenantRecord } from "../../../../core/record/record";
import { certificateSummary, tenant } from "../../../../testing/records";
import { refusal } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

const NAMES = ["a.example", "b.example", "c.example", "d.example"];
const REASON: Reason = { code: "CA_REJECTED", sentence: "No." };

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const blaming = (...names: string[]) => ({
  status: 403,
  subproblems: names.map((name) => ({ type: "rejectedIdentifier", detail: "no", name })),
});

describe("a CA's no to a new order", () => {
  const refused = async (error: AcmeError, record: Partial<TenantRecord> = {}, timeScale = 1) => {
    const turn = await stage.begin(record, { timeScale });
    const setback = await refusedOrder(turn, stage.ca, NAMES, error);
    const { retryAt } = setback.details;
    return { setback, ...setback.details, in: retryAt === undefined ? undefined : retryAt - stage.clock.now() };
  };

  it("says to which names it was, as far as the CA does", async () => {
    const error = refusal("rejectedIdentifier", { ...blaming("b.example", "x.example"), detail: "policy" });
    const { setback, in: wait, ...details } = await refused(error);
    expect(setback).toBeInstanceOf(RefusedOrder);
    expect(setback).toMatchObject({
      reason: {
        code: "CA_REJECTED",
        sentence: expect.stringContaining("first-ca does not issue for the name by its policy (a.example)"),
        problemType: "urn:ietf:params:acme:error:rejectedIdentifier",
      },
      ca: "first-ca",
      names: NAMES,
      blamed: ["b.example"],
    });
    expect(details).toEqual({
      kind: "refused",
      retryAt: undefined,
      dropOrder: true,
      avoid: { ca: "first-ca", until: stage.clock.now() + DAY },
      cause: error,
    });
    expect(wait).toBeUndefined();
  });

  it("is asked again when the CA says, and not before at that CA", async () => {
    const { in: wait, avoid } = await refused(refusal("rejectedIdentifier", {}, { retryAfterMs: 3 * HOUR }));
    expect(wait).toBe(3 * HOUR);
    expect(avoid).toEqual({ ca: "first-ca", until: stage.clock.now() + 3 * HOUR });
  });

  it("keeps no CA from being asked for what another would refuse, too", async () => {
    expect(await refused(refusal("dns", { detail: "SERVFAIL" }))).not.toHaveProperty("avoid");
  });

  it.each([
    ["is down", refusal("serverInternal", { status: 500 })],
    ["closed our account", refusal("accountDoesNotExist", { status: 400 })],
  ])("is none where it %s: a failure of the CA's", async (_what, error) => {
    const { setback, in: wait, ...details } = await refused(error, { caFailures: 1 });
    expect(setback).not.toBeInstanceOf(RefusedOrder);
    expect(details).toMatchObject({ kind: "outage", caFailed: true, dropOrder: true, cause: error });
    expect(wait).toBe(2 * MINUTE);
    expect((await stage.memory.outage("first-ca"))?.failures).toBe(1);
  });

  it("waits as long as a CA that is down asks for, and in the stack's time", async () => {
    expect((await refused(refusal("serverInternal", {}, { retryAfterMs: HOUR }))).in).toBe(HOUR);
    stage = new TurnStage();
    expect((await refused(refusal("serverInternal"), {}, 6)).in).toBe(10_000);
  });

  it("by a limit of the account's stops every tenant there", async () => {
    const error = refusal("rateLimited", { detail: "too many new orders" }, { retryAfterMs: 3 * HOUR });
    const { setback, in: wait, ...details } = await refused(error);
    expect(setback).not.toBeInstanceOf(RefusedOrder);
    expect(details).toEqual({ kind: "outage", retryAt: stage.clock.now() + 3 * HOUR, dropOrder: true, cause: error });
    expect(wait).toBe(3 * HOUR);
    expect((await stage.memory.outage("first-ca"))?.limitedUntil).toBe(stage.clock.now() + 3 * HOUR);
  });

  it("by a limit of the tenant's own stops that one only", async () => {
    const error = refusal("rateLimited", { detail: "too many certificates" }, { retryAfterMs: 3 * HOUR });
    const { setback, in: wait } = await refused(error);
    expect(setback).toBeInstanceOf(RefusedOrder);
    expect(wait).toBe(3 * HOUR);
    expect(await stage.memory.outage("first-ca")).toBeUndefined();
  });

  it("speaks of another limit than the account's where it is no limit at all", async () => {
    const { setback } = await refused(refusal("rejectedIdentifier", { detail: "too many new orders" }));
    expect(setback).toBeInstanceOf(RefusedOrder);
  });
});

describe("the time that a CA asks for with its no", () => {
  it.each<[string, number | undefined, number, number | undefined]>([
    ["is that", HOUR, 1, HOUR],
    ["is a week at the most", 30 * DAY, 1, 7 * DAY],
    ["is ours where it says none", undefined, 1, undefined],
    ["is ours where it is shorter", MINUTE - 1, 1, undefined],
    ["is that from our shortest on", MINUTE, 1, MINUTE],
    ["is that from our shortest in the stack's time on", 10_000, 6, 10_000],
    ["is ours where it is no number", Number.NaN, 1, undefined],
  ])("%s", async (_what, retryAfterMs, timeScale, expected) => {
    const turn = await stage.begin({}, { timeScale });
    const at = whenAsked(turn, refusal("caa", {}, retryAfterMs === undefined ? {} : { retryAfterMs }));
    expect(at === undefined ? undefined : at - stage.clock.now()).toBe(expected);
  });
});

describe("names that are left out of orders", () => {
  it("come back after a day, two days, four, and then each week", async () => {
    const known = (times?: number) => ({ name: "a.example", reason: REASON, until: 0, ...(times && { times }) });
    const waits: [number | undefined, number][] = [];
    for (const times of [undefined, 1, 2, 3, 9]) {
      stage = new TurnStage();
      const turn = await stage.begin(
        times === undefined ? {} : { refusedNames: [known(times), { ...known(5), name: "b" }] },
      );
      const [one] = refusals(turn, ["a.example"], REASON);
      waits.push([one?.times, ((one?.until ?? 0) - stage.clock.now()) / DAY]);
    }
    expect(waits).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 7],
      [10, 7],
    ]);
  });

  it("are as many as were blamed, each with the reason, in the stack's time", async () => {
    const turn = await stage.begin({}, { timeScale: 24 });
    const until = stage.clock.now() + HOUR;
    expect(refusals(turn, ["a.example", "b.example"], REASON)).toEqual([
      { name: "a.example", reason: REASON, until, times: 1 },
      { name: "b.example", reason: REASON, until, times: 1 },
    ]);
    // As older versions wrote it: without a count.
    stage = new TurnStage();
    const older = await stage.begin({ refusedNames: [{ name: "a.example", reason: REASON, until: 0 }] });
    expect(refusals(older, ["a.example"], REASON)[0]?.times).toBe(1);
  });
});

describe("a CA that is asked to sign and says no", () => {
  const answer = async (error: AcmeError, record: Partial<TenantRecord> = {}, names = NAMES) => {
    const work = await stage.ordering(
      { names },
      { tenant: tenant("a.example", { aliases: NAMES.slice(1) }), ...record },
    );
    const setback = refusedRequest(work, error, REASON);
    if (setback) {
      expect(setback.reason).toEqual(REASON);
      expect(setback.details).toMatchObject({
        kind: "unfinished",
        dropOrder: true,
        retryAt: stage.clock.now(),
        cause: error,
      });
    }
    return setback && { refuse: setback.details.refuse?.map(({ name }) => name), search: setback.details.search };
  };
  const silent = refusal("caa", { status: 403 });
  const search: NameSearch = {
    ca: "first-ca",
    stage: "finalizing",
    good: ["a.example"],
    open: [["b.example"], ["c.example"]],
    orders: 3,
  };

  it("has the blamed names left out, whatever the search was for", async () => {
    expect(await answer(refusal("caa", blaming("b.example")))).toEqual({ refuse: ["b.example"], search: undefined });
    stage = new TurnStage();
    expect(await answer(refusal("caa", blaming("c.example")), { search })).toEqual({
      refuse: ["c.example"],
      search: undefined,
    });
  });

  it("has the meant name looked for where it blames none, or all, of several", async () => {
    const begun = {
      ca: "first-ca",
      stage: "finalizing",
      good: [],
      open: [NAMES.slice(0, 2), NAMES.slice(2)],
      orders: 1,
    };
    expect(await answer(silent)).toEqual({ refuse: undefined, search: begun });
    stage = new TurnStage();
    expect(await answer(refusal("caa", blaming(...NAMES)))).toEqual({ refuse: undefined, search: begun });
  });

  it("has it looked for among the new names last, those of the certificate first", async () => {
    const certificate = certificateSummary("a.example", { names: ["a.example", "c.example"] });
    const { search: begun } = (await answer(silent, { certificate })) ?? {};
    expect(begun?.open).toEqual([
      ["a.example", "c.example"],
      ["b.example", "d.example"],
    ]);
  });

  it("is looked no further where there is one name only", async () => {
    expect(await answer(silent, {}, ["a.example"])).toBeUndefined();
  });

  it("takes the search a step on", async () => {
    expect(await answer(silent, { search })).toEqual({
      refuse: ["b.example"],
      search: { ...search, open: [["c.example"]], orders: 4 },
    });
  });

  it.each<[string, Partial<NameSearch>, boolean]>([
    ["names are left to try", { good: [], open: [["b.example"], ["c.example"]] }, true],
    ["names are known to be good", { open: [["b.example"]] }, true],
    ["none is good and none is left", { good: [], open: [["b.example"]] }, false],
  ])("goes on with it where %s: %p", async (_what, changes, goesOn) => {
    expect((await answer(silent, { search: { ...search, ...changes } })) !== undefined).toBe(goesOn);
  });

  it.each<[string, Partial<NameSearch>]>([
    ["was at another CA", { ca: "second-ca" }],
    ["has nothing left to try", { open: [] }],
  ])("begins another search where the one before %s", async (_what, changes) => {
    expect((await answer(silent, { search: { ...search, ...changes } }))?.search?.orders).toBe(1);
  });
});
