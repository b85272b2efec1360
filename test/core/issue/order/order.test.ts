import { MINUTE, SECOND } from "../../../../core/base/clock";
import { continueOrder } from "../../../../core/issue/order/order";
import type { Turn } from "../../../../core/issue/turn";
import type { NameSearch, OrderProgress } from "../../../../core/record/record";
import { isSealed } from "../../../../core/seal/envelope";
import { heartbeat, tenant } from "../../../../testing/records";
import { said, TurnStage } from "../../../../testing/turns";

const URL = "https://first-ca.test/order/0";
const BOTH = ["a.example", "b.example"];
let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const record = () => stage.record("a.example");
const both = tenant("a.example", { aliases: ["b.example"] });
const goOn = async (turn: Turn) => said(continueOrder(turn));
const steps = () => stage.steps.map(({ step }) => step);
const calls = (call: string) => stage.ca.calls.filter((one) => one === call).length;

describe("an order on record", () => {
  it("is taken to a certificate, step by step", async () => {
    const turn = await stage.placed({ tenant: both });
    // Whoever made it knows its key.
    stage.memory.orderSecret = () => Promise.reject(new Error("a read"));
    expect(await goOn(turn)).toBeUndefined();
    expect(steps()).toEqual(["accepted", "validated", "finalized", "issued", "stored"]);
    expect(stage.ca.calls).toEqual([
      "authorization",
      "authorization",
      "accept",
      "accept",
      "order",
      "finalize",
      "download",
      "deactivate",
      "deactivate",
    ]);
    expect((await record()).certificate?.names).toEqual(BOTH);
    expect(await record()).not.toHaveProperty("order");
  });

  it("is nothing to go on with where there is none", async () => {
    await goOn(await stage.begin());
    expect(stage.ca.calls).toEqual([]);
  });

  it("is asked for in a later turn, and its key is read", async () => {
    const turn = await stage.placed();
    await turn.tenant.release((latest) => ({ ...latest, nextActionAt: stage.clock.now() }));
    expect(await goOn(await stage.goOn())).toBeUndefined();
    expect(stage.ca.calls[0]).toBe("order");
    expect((await record()).state).toBe("active");
  });

  it("is asked for where what is remembered is of another one", async () => {
    const turn = await stage.placed();
    turn.tenant.memory.order = { ...(await stage.ca.order(URL)), url: "another" };
    stage.ca.calls.length = 0;
    await goOn(turn);
    expect(stage.ca.calls[0]).toBe("order");
  });

  it("cannot be finished where its CA left the list, or its key is past its time", async () => {
    const turn = await stage.placed();
    stage.cas.splice(0, 1, stage.newCa("second-ca"));
    expect(await goOn(turn)).toMatchObject({
      dropOrder: true,
      sentence:
        "The order for a.example cannot be finished: first-ca is not in the stack's list any more. A new one is placed.",
    });
    stage = new TurnStage();
    const late = await stage.placed();
    delete late.tenant.memory.secret;
    await stage.memory.deleteOrderSecret("a.example", "1");
    expect(await goOn(late)).toMatchObject({
      dropOrder: true,
      sentence: "The order for a.example cannot be finished: its key is past its time. A new one is placed.",
    });
  });

  it("has its own key, whatever is remembered of another order's", async () => {
    const turn = await stage.placed();
    turn.tenant.memory.secret = { id: "2", domain: "a.example", key: "another", csr: "another", expiresAt: 0 };
    expect(await goOn(turn)).toBeUndefined();
  });

  it("from before keys were sealed waits for fronts that open none, and is sealed", async () => {
    const open = async () => {
      const turn = await stage.placed();
      const secret = turn.tenant.memory.secret;
      if (!secret) throw new Error("it was made");
      const key = await stage.dataKeys.opener().privateKey(secret.key, "a.example");
      turn.tenant.memory.secret = { ...secret, key };
      return turn;
    };
    const turn = await open();
    stage.clock.advance(2 * SECOND);
    await stage.memory.putHeartbeat(heartbeat("front-1", stage.clock.now(), { opensKeys: false }));
    expect(await goOn(turn)).toMatchObject({ kind: "unfinished", heldSince: stage.clock.now() });
    expect(stage.ca.calls).toEqual([]);
    stage = new TurnStage();
    expect(await goOn(await open())).toBeUndefined();
    expect((await stage.memory.certificates("a.example")).every(({ key }) => isSealed(key))).toBe(true);
  });

  it("that is sealed waits for no front: its CA has it", async () => {
    const turn = await stage.placed();
    stage.clock.advance(2 * SECOND);
    await stage.memory.putHeartbeat(heartbeat("front-1", stage.clock.now(), { opensKeys: false }));
    expect(await goOn(turn)).toBeUndefined();
  });
});

describe("an order that was intended, and no more is known of", () => {
  const intended = () => stage.placed({}, { url: undefined as never });

  it("is looked for at the CA, and is not placed twice", async () => {
    expect(await goOn(await intended())).toBeUndefined();
    expect(stage.ca.calls[0]).toBe("findOrder");
    expect(stage.ca.orders).toHaveLength(1);
    expect((await record()).state).toBe("active");
  });

  it("is placed where the CA knows none, and its place is noted then", async () => {
    stage.ca.listsOrders = false;
    const turn = await intended();
    stage.ca.fail("authorization", { type: "serverInternal" }, { times: 99 });
    expect(await goOn(turn)).toMatchObject({ kind: "outage", dropOrder: false });
    expect(stage.ca.orders).toHaveLength(2);
    expect((await record()).order?.url).toBe("https://first-ca.test/order/1");
  });

  it("has its place noted where it was found", async () => {
    const turn = await intended();
    stage.ca.fail("authorization", { type: "serverInternal" }, { times: 99 });
    await goOn(turn);
    expect((await record()).order?.url).toBe(URL);
  });
});

describe("an order of the search for a name that is refused when signing", () => {
  const search = (changes: Partial<NameSearch> = {}): NameSearch => ({
    ca: "first-ca",
    stage: "finalizing",
    good: [],
    open: [["a.example"], ["b.example"]],
    orders: 1,
    ...changes,
  });

  it("has said what it was for once it is signed: the next group goes on", async () => {
    const turn = await stage.placed({ tenant: both, search: search() });
    await goOn(turn);
    const { order, search: next } = await record();
    expect(order).toBeUndefined();
    expect(next).toEqual(search({ good: ["a.example"], open: [["b.example"]], orders: 2 }));
    expect(calls("download")).toBe(0);
  });

  it("is taken to a certificate where it was the last", async () => {
    const turn = await stage.placed({ tenant: both, search: search({ good: ["a.example"], open: [["b.example"]] }) });
    await goOn(turn);
    expect((await record()).certificate?.names).toEqual(BOTH);
    expect(await record()).not.toHaveProperty("search");
  });

  it.each<[string, Partial<NameSearch>]>([
    ["for a name refused when ordering", { stage: "ordering" }],
    ["at another CA", { ca: "second-ca" }],
  ])("is none where the search is %s", async (_which, changes) => {
    const turn = await stage.placed({ tenant: both, search: search(changes) });
    await goOn(turn);
    expect((await record()).certificate?.names).toEqual(BOTH);
  });

  it("says nothing of the group where it became invalid", async () => {
    stage.ca.rejects.set("a.example", { type: "urn:ietf:params:acme:error:connection", detail: "refused" });
    const turn = await stage.placed({ tenant: both, search: search() });
    expect(await goOn(turn)).toMatchObject({ code: "PORT80_UNREACHABLE" });
    expect((await record()).search).toEqual(search());
  });
});

describe("an order whose state lasts", () => {
  it("is left to the next turn, with since when", async () => {
    const turn = await stage.placed();
    stage.ca.tells.order = (order) => ({ ...order, status: "processing" });
    const { order } = (await goOn(turn)) as { order: OrderProgress };
    expect(order.waiting?.status).toBe("processing");
    expect(stage.clock.now() - stage.begun).toBeLessThanOrEqual(MINUTE);
  });
});
