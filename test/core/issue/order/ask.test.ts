import { SECOND } from "../../../../core/base/clock";
import { CaOutages } from "../../../../core/ca/outages";
import { ask, askForOrder, askToSign, findQuietly } from "../../../../core/issue/order/ask";
import type { OrderProgress } from "../../../../core/record/record";
import { refusal } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const progress: OrderProgress = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: 0 };
const calls = (call: string) => stage.ca.calls.filter((one) => one === call).length;
const lost = () => stage.ca.fail("newOrder", { type: "certfront:unreachable" });

/** A CA's answers, one after the other; the last one is for ever. */
const answers =
  (...each: (Error | string)[]) =>
  async () => {
    const next = each.length > 1 ? each.shift() : each[0];
    if (next instanceof Error) throw next;
    return next;
  };
const down = (retryAfterMs?: number) =>
  refusal("serverInternal", { status: 500 }, retryAfterMs === undefined ? {} : { retryAfterMs });

describe("a CA that is asked", () => {
  it("is asked once where it answers, and its streak of failures is over", async () => {
    const turn = await stage.begin();
    await turn.ports.outages.report("first-ca", "b.example", undefined);
    expect(await ask(turn, stage.ca, answers("yes", "again"))).toBe("yes");
    expect(stage.pauses).toEqual([]);
    expect((await stage.memory.outage("first-ca"))?.failures).toBe(0);
  });

  it("is asked again after 1, 2 and 4 seconds, and answers for its tenant then", async () => {
    expect(await ask(await stage.begin(), stage.ca, answers(down(), down(), down(), "yes"))).toBe("yes");
    expect(stage.pauses).toEqual([1, 2, 4].map((seconds) => seconds * SECOND));
  });

  it("is not asked a fifth time", async () => {
    const failure = down();
    await expect(ask(await stage.begin(), stage.ca, answers(failure))).rejects.toBe(failure);
    expect(stage.pauses).toHaveLength(3);
    expect(await stage.memory.outage("first-ca")).toMatchObject({ failures: 3, tenants: ["a.example"] });
  });

  it.each<[string, Error, boolean]>([
    ["gives no answer", refusal("certfront:unreachable"), true],
    ["fails by its status", refusal("malformed", { status: 503 }), true],
    ["asks for no longer a pause", down(1 * SECOND), true],
    ["asks for a longer pause", down(1 * SECOND + 1), false],
    ["says no", refusal("rejectedIdentifier", { status: 403 }), false],
    ["is not it: the fault is ours", new TypeError("ours"), false],
  ])("where it %s, is asked again: %p", async (_what, failure, again) => {
    const asked = ask(await stage.begin(), stage.ca, answers(failure, "yes"));
    await (again ? expect(asked).resolves.toBe("yes") : expect(asked).rejects.toBe(failure));
    expect(stage.pauses).toEqual(again ? [SECOND] : []);
    expect((await stage.memory.outage("first-ca")) === undefined).toBe(!again);
  });

  it.each([
    [SECOND, false],
    [SECOND + 1, true],
  ])("is not asked beyond the turn's end, which is %i ms away", async (lasts, again) => {
    const asked = ask(await stage.begin({}, { lasts }), stage.ca, answers(down(), "yes"));
    await (again ? expect(asked).resolves.toBe("yes") : expect(asked).rejects.toThrow());
  });

  it("is not waited for where others met the same", async () => {
    const outages = new CaOutages(stage.memory, stage.clock, 1);
    for (let time = 0; time < 2; time++) await outages.report("first-ca", "b.example", undefined);
    await expect(ask(await stage.begin({}, { outages }), stage.ca, answers(down()))).rejects.toThrow();
    expect(stage.pauses).toEqual([]);
  });
});

describe("a new order", () => {
  it("is asked for once where the CA answers, without a look for another", async () => {
    const order = await askForOrder(await stage.begin(), stage.ca, progress);
    expect(order.url).toBe("https://first-ca.test/order/0");
    expect(stage.ca.calls).toEqual(["newOrder"]);
  });

  it("whose answer was lost is found", async () => {
    const known = await stage.ca.newOrder(["a.example"], {});
    lost();
    expect((await askForOrder(await stage.begin(), stage.ca, progress)).url).toBe(known.url);
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("that was not one is asked for again", async () => {
    lost();
    await askForOrder(await stage.begin(), stage.ca, progress);
    expect(stage.ca.calls).toEqual(["newOrder", "findOrder", "newOrder"]);
  });

  it("says which certificate it replaces, and is simply a new one where another said so before", async () => {
    const replaces = "the.predecessor";
    await askForOrder(await stage.begin(), stage.ca, { ...progress, replaces });
    expect(stage.ca.orders[0]?.replaces).toBe(replaces);
    stage = new TurnStage();
    stage.ca.fail("newOrder", { type: "alreadyReplaced", status: 409 });
    await askForOrder(await stage.begin(), stage.ca, { ...progress, replaces });
    expect(stage.ca.orders.map((order) => order.replaces)).toEqual([undefined]);
  });

  it.each<[string, string | undefined, Error]>([
    ["replaces nothing", undefined, refusal("alreadyReplaced", { status: 409 })],
    ["is refused for another reason", "the.predecessor", refusal("rejectedIdentifier", { status: 403 })],
    ["meets a fault of ours", "the.predecessor", new TypeError("ours")],
  ])("is not tried another way where it %s", async (_what, replaces, error) => {
    stage.ca.newOrder = async () => {
      stage.ca.calls.push("newOrder");
      throw error;
    };
    const asked = askForOrder(await stage.begin(), stage.ca, { ...progress, ...(replaces && { replaces }) });
    await expect(asked).rejects.toBe(error);
    expect(calls("newOrder")).toBe(1);
  });
});

describe("an order that the CA may know already", () => {
  const listed = async (changes: object) => {
    const order = await stage.ca.newOrder(["a.example"], {});
    stage.ca.findOrder = async () => ({ ...order, ...changes });
    return findQuietly(progress, stage.ca, stage.clock.now());
  };

  it("is found by its names", async () => {
    const order = await stage.ca.newOrder(["a.example"], {});
    expect(await findQuietly(progress, stage.ca, stage.clock.now())).toEqual(order);
    expect(await findQuietly({ ...progress, names: ["b.example"] }, stage.ca, stage.clock.now())).toBeUndefined();
  });

  it("is none whose time is over", async () => {
    expect(await listed({ expires: stage.clock.now() })).toBeUndefined();
    expect(await listed({ expires: stage.clock.now() + 1 })).toBeDefined();
    expect(await listed({ expires: undefined })).toBeDefined();
  });

  it("is not known of where the CA's list fails, but a fault of ours is no list's", async () => {
    stage.ca.fail("findOrder", { type: "serverInternal" });
    expect(await findQuietly(progress, stage.ca, 0)).toBeUndefined();
    stage.ca.findOrder = () => Promise.reject(new TypeError("ours"));
    await expect(findQuietly(progress, stage.ca, 0)).rejects.toThrow("ours");
  });
});

describe("a CA that is asked to sign", () => {
  const ready = async () => {
    const work = await stage.ordering();
    const order = await stage.ca.newOrder(["a.example"], {});
    const [stored] = stage.ca.orders;
    if (stored) stored.status = "ready";
    stage.ca.finalize = async (asked, csr) => {
      stage.ca.calls.push("finalize");
      const failure = failures.shift();
      if (failure) throw failure;
      return { ...asked, status: "valid", certificate: csr };
    };
    return { work, order: { ...order, status: "ready" as const } };
  };
  let failures: Error[];
  beforeEach(() => {
    failures = [];
  });

  it("gets the request of this order, once", async () => {
    const { work, order } = await ready();
    expect(await askToSign(work, order)).toMatchObject({ status: "valid", certificate: "csr" });
    expect(calls("order")).toBe(0);
  });

  it("is asked again where it did not", async () => {
    const { work, order } = await ready();
    failures = [down()];
    expect(await askToSign(work, order)).toMatchObject({ status: "valid" });
    expect(stage.ca.calls.slice(1)).toEqual(["finalize", "order", "finalize"]);
  });

  it("is not where it did, and its yes was lost", async () => {
    const { work, order } = await ready();
    failures = [down()];
    const [stored] = stage.ca.orders;
    if (stored) stored.status = "processing";
    stage.ca.processingPolls = 9;
    if (stored) stored.pollsLeft = 9;
    expect(await askToSign(work, order)).toMatchObject({ status: "processing" });
    expect(calls("finalize")).toBe(1);
  });
});
