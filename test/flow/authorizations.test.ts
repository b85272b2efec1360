import { MINUTE } from "../../core/base/clock";
import type { Store } from "../../core/record/store";
import { wrap } from "../../testing/acme-stage";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { refusal } from "../../testing/scripted-ca";

const NAMES = ["a.example", "www.a.example"];
const LIST = { sha256: "0".repeat(64) };

describe("what a CA has validated", () => {
  let stage: IssuerStage;
  beforeEach(async () => {
    stage = new IssuerStage();
    stage.point(...NAMES);
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
  });
  const urls = (order = 0) => NAMES.map((_, position) => `https://first-ca.test/order/${order}/${position}`);

  it("is given up for each name, after the certificate is stored and the order is off the record", async () => {
    const said: string[] = [];
    const store = wrap<Store>(stage.memory, async (call, args, run) => {
      const result = await run();
      if (call === "putFrontItem" || call === "deleteOrderSecret") said.push(call);
      if (call === "saveTenant" && (args[0] as { order?: object }).order === undefined) said.push("without an order");
      return result;
    });
    const ca = wrap(stage.ca, (call, _args, run) => {
      if (call === "newOrder") said.length = 0;
      if (call === "deactivate") said.push(call);
      return run();
    });
    await stage.turn(stage.ports({ store, cas: [ca] }));
    expect(said.slice(0, 5)).toEqual([
      "putFrontItem",
      "without an order",
      "deleteOrderSecret",
      "deactivate",
      "deactivate",
    ]);
    expect(stage.ca.deactivated).toEqual(urls());
  });

  it("stays as long as its order is under way, and is given up by the turn that ends it", async () => {
    stage.ca.processingPolls = 40;
    await stage.turn();
    expect((await stage.record("a.example")).order?.waiting?.status).toBe("processing");
    expect(stage.ca.deactivated).toEqual([]);
    await stage.turnsUntil("a.example", ({ state }) => state === "active", 20);
    expect(stage.ca.deactivated).toEqual(urls());
  });

  it("stays where the certificate could not be stored: the repeated order stands on it", async () => {
    stage.ca.fail("download", { type: "malformed", status: 404 });
    await stage.turn();
    expect(stage.ca.deactivated).toEqual([]);
  });

  it("for something else stays: it was valid before the order, as names are that their owner approved at the CA", async () => {
    stage.ca.reuses = true;
    const earlier = await stage.ca.newOrder(NAMES, {});
    for (const url of earlier.authorizations) await stage.ca.accept(url);
    await stage.turn();
    expect((await stage.record("a.example")).state).toBe("active");
    expect(stage.ca.deactivated).toEqual([]);
  });

  it("stays while a list of tenants is written: the name may be going to another one, which orders by now", async () => {
    await stage.memory.putAppliedList({ ...LIST, writingUntil: stage.clock.now() + MINUTE });
    await stage.turn();
    expect((await stage.record("a.example")).state).toBe("active");
    expect(stage.ca.deactivated).toEqual([]);
  });

  it.each<[string, () => void]>([
    ["refuses it", () => stage.ca.fail("deactivate", { type: "unauthorized", status: 403 }, { times: 9 })],
    ["knows no such thing", () => stage.ca.fail("deactivate", { type: "malformed", status: 405 }, { times: 9 })],
    ["fails at it", () => stage.ca.fail("deactivate", { type: "serverInternal", status: 500 }, { times: 9 })],
    [
      "limits it",
      () => stage.ca.fail("deactivate", { type: "rateLimited", status: 429 }, { retryAfterMs: 60 * MINUTE, times: 9 }),
    ],
    ["is broken by it", () => (stage.ca.deactivate = () => Promise.reject(new TypeError("a defect")))],
  ])("costs nobody anything where the CA %s", async (_what, begin) => {
    begin();
    const [first] = (await stage.turn()).outcomes;
    expect(first).toEqual({ domain: "a.example", state: "active" });
    const { reason, failures, caFailures, avoidCas } = await stage.record("a.example");
    expect({ reason, failures, caFailures, avoidCas }).toEqual({ failures: 0 });
    expect(await stage.memory.outage("first-ca")).toBeUndefined();
    expect(stage.metrics.filter(({ name }) => name === "ordersFailed")).toEqual([]);
    stage.point("b.example");
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }), tenant("b.example"));
    await stage.turn();
    expect((await stage.record("b.example")).state).toBe("active");
  });
});

describe("an order that stands on what another one gave up", () => {
  let stage: IssuerStage;
  beforeEach(async () => {
    stage = new IssuerStage();
    stage.cas = [stage.ca, stage.newCa("second-ca")];
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
  });

  /** The other order's worker is through with it just before this one's call. */
  const givenUpBefore = (call: "authorization" | "finalize", times: number) => {
    let left = times;
    stage.ca.refuses = (asked) => {
      if (asked === call && left-- > 0) void stage.ca.deactivate(`https://first-ca.test/order/${times - left - 1}/0`);
      return undefined;
    };
  };

  it("(another tenant's, validated before) is placed anew at once, at the same CA, and counts against nobody", async () => {
    stage.ca.reuses = true;
    const [url = ""] = (await stage.ca.newOrder(["a.example"], {})).authorizations;
    await stage.ca.accept(url);
    givenUpBefore("finalize", 1);
    const begun = stage.clock.now();
    await stage.turn();
    const { state, certificate, failures, avoidCas } = await stage.record("a.example");
    expect({ state, ca: certificate?.ca, failures, avoidCas }).toEqual({
      state: "active",
      ca: "first-ca",
      failures: 0,
    });
    expect(stage.ca.orders).toHaveLength(3);
    expect(stage.clock.now() - begun).toBeLessThan(10_000);
    expect(await stage.memory.outage("first-ca")).toBeUndefined();
  });

  it("(not validated yet) is placed anew at once", async () => {
    givenUpBefore("authorization", 1);
    await stage.turn();
    expect((await stage.record("a.example")).certificate?.ca).toBe("first-ca");
    expect(stage.ca.orders).toHaveLength(2);
  });

  it("goes to the next CA where that happens twice", async () => {
    givenUpBefore("authorization", 2);
    await stage.turn();
    const record = await stage.turnsUntil("a.example", ({ state }) => state === "active", 3);
    expect(record.certificate?.ca).toBe("second-ca");
    expect(stage.ca.orders).toHaveLength(2);
  });

  it("is told from one that the CA refuses", async () => {
    stage.ca.refuses = (call) => (call === "finalize" ? refusal("unauthorized", { status: 403 }) : undefined);
    await stage.turn();
    expect((await stage.record("a.example")).failures).toBe(1);
  });
});
