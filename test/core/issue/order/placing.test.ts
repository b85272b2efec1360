import { DAY, SECOND } from "../../../../core/base/clock";
import { beginOrder } from "../../../../core/issue/order/order";
import type { Turn } from "../../../../core/issue/turn";
import type { TenantRecord } from "../../../../core/record/record";
import { isSealed } from "../../../../core/seal/envelope";
import { certificateSummary, heartbeat, tenant } from "../../../../testing/records";
import { said, TurnStage } from "../../../../testing/turns";

const URL = "https://first-ca.test/order/0";
let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const record = () => stage.record("a.example");
const both = tenant("a.example", { aliases: ["b.example"] });
const begin = (turn: Turn, more: Partial<Parameters<typeof beginOrder>[1]> = {}) =>
  said(beginOrder(turn, { id: "1", ca: stage.ca, names: ["a.example"], failures: [], warning: undefined, ...more }));
const steps = () => stage.steps.map(({ step }) => step);

describe("an intention", () => {
  it("is on record with its key before the CA hears of anything", async () => {
    const turn = await stage.begin();
    const { putOrderSecret } = stage.memory;
    stage.memory.putOrderSecret = async (secret) => {
      expect((await record()).order).toBeUndefined();
      await putOrderSecret.call(stage.memory, secret);
    };
    let before: TenantRecord | undefined;
    const { newOrder } = stage.ca;
    stage.ca.newOrder = async (...args) => {
      before = await record();
      return newOrder.apply(stage.ca, args);
    };
    await begin(turn);
    const order = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: stage.begun };
    expect(before).toMatchObject({
      state: "issuing",
      since: stage.begun,
      order,
      reason: { code: "WAITING", sentence: "a.example is being certified." },
    });
    const secret = await stage.memory.orderSecret("a.example", "1");
    expect(secret).toMatchObject({
      csr: expect.stringContaining("CERTIFICATE REQUEST"),
      expiresAt: stage.begun + 8 * DAY,
    });
    expect(isSealed(secret?.key ?? "")).toBe(true);
    expect(await stage.dataKeys.opener().privateKey(secret?.key ?? "", "a.example")).toContain("PRIVATE KEY");
    expect((await record()).order).toEqual({ ...order, url: URL });
    expect(steps()).toEqual(["order"]);
    expect(stage.metrics).toEqual([{ name: "ordersCreated", value: 1 }]);
  });

  it("says what it replaces at the CA that issued that, and what could not be made sure of", async () => {
    const warning = { code: "DNS_SERVFAIL", sentence: "Unreadable." } as const;
    const certificate = certificateSummary("a.example", { ca: "first-ca", ariId: "predecessor" });
    await begin(await stage.begin({ certificate, state: "active", since: 7 }), { warning });
    expect(await record()).toMatchObject({
      state: "renewing",
      since: stage.begun,
      order: { replaces: "predecessor", warning },
    });
    expect(stage.ca.orders[0]?.replaces).toBe("predecessor");
    stage = new TurnStage();
    await begin(await stage.begin({ certificate: { ...certificate, ca: "second-ca" } }));
    expect((await record()).order).not.toHaveProperty("replaces");
  });

  it("keeps the state and since when, where it was the same, and says which names are left out", async () => {
    const reason = { code: "DNS_NXDOMAIN", sentence: "b.example does not exist." } as const;
    await begin(await stage.begin({ state: "issuing", since: 7 }), { failures: [{ name: "b.example", reason }] });
    expect(await record()).toMatchObject({ state: "issuing", since: 7, reason });
  });

  it.each<[string, boolean, Partial<TenantRecord>]>([
    ["was taken out", true, { state: "removed" }],
    ["has other names", true, { tenant: both }],
    ["has another policy", false, { tenant: tenant("a.example", { http: "serve" }) }],
  ])("is dropped where the tenant %s meanwhile: %p", async (_what, dropped, changes) => {
    const turn = await stage.begin();
    const present = await record();
    await stage.memory.saveTenant({ ...present, ...changes, version: present.version + 1 });
    expect(await begin(turn)).toBe(dropped ? "superseded" : undefined);
    expect(stage.ca.orders).toHaveLength(dropped ? 0 : 1);
  });
});

describe("placing an order", () => {
  it.each([
    [20 * SECOND, true],
    [20 * SECOND - 1, false],
  ])("takes a turn with twenty seconds left: %i ms", async (lasts, done) => {
    const answer = await begin(await stage.begin({}, { lasts }));
    expect(stage.ca.orders).toHaveLength(done ? 1 : 0);
    expect(answer).toEqual(done ? undefined : expect.objectContaining({ kind: "unfinished", code: "WAITING" }));
  });

  it("waits for fronts that answer for another key", async () => {
    await stage.memory.putHeartbeat(heartbeat("front-1", stage.begun, { thumbprint: "another" }));
    expect(await begin(await stage.begin())).toMatchObject({ kind: "unfinished", heldSince: stage.begun });
    expect(stage.ca.calls).toEqual([]);
  });

  it("that the CA refuses is counted, and says what the CA said", async () => {
    stage.ca.fail("newOrder", { type: "rejectedIdentifier", status: 403 });
    expect(await begin(await stage.begin())).toMatchObject({ code: "CA_REJECTED", kind: "refused" });
    expect(stage.metrics).toEqual([{ name: "ordersFailed", value: 1 }]);
  });

  it("is over where another order is on record by then", async () => {
    const turn = await stage.begin();
    const { newOrder } = stage.ca;
    stage.ca.newOrder = async (...args) => {
      const present = await record();
      const order = { id: "2", ca: "first-ca", names: ["a.example"], startedAt: 0 };
      await stage.memory.saveTenant({ ...present, order, version: present.version + 1 });
      return newOrder.apply(stage.ca, args);
    };
    expect(await begin(turn)).toBe("superseded");
    expect((await record()).order?.id).toBe("2");
  });
});
