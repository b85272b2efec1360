import { MINUTE, SECOND } from "../../core/base/clock";
import type { Heartbeat } from "../../core/record/record";
import { IssuerStage } from "../../testing/issuer-stage";
import { heartbeat, tenant } from "../../testing/records";

const OLD = "previous-account-key".padEnd(43, "x");

describe("while the account's key changes", () => {
  let stage: IssuerStage;
  beforeEach(async () => {
    stage = new IssuerStage();
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
  });

  const beat = (front: string, changes: Partial<Heartbeat>) =>
    stage.memory.putHeartbeat(heartbeat(front, stage.clock.now(), changes));

  it.each([
    { what: "answers for the previous key", changes: { thumbprint: OLD }, orders: 0 },
    { what: "does not say for which, as an older agent", changes: { thumbprint: undefined }, orders: 0 },
    { what: "opens no sealed keys, as an older agent", changes: { opensKeys: undefined }, orders: 0 },
    { what: "answers for the present key", changes: {}, orders: 1 },
    { what: "of the previous key is not ready", changes: { thumbprint: OLD, ready: false }, orders: 1 },
    { what: "of the previous key was last heard of minutes ago", changes: { thumbprint: OLD, at: 0 }, orders: 1 },
  ])("$orders orders are placed when a front $what", async ({ changes, orders }) => {
    await beat("front-1", {});
    await beat("front-2", changes as Partial<Heartbeat>);
    await stage.turn();
    expect(stage.ca.orders).toHaveLength(orders);
    if (orders > 0) return;
    expect(stage.probe.requests).toEqual([]);
    expect(await stage.record("a.example")).toMatchObject({
      state: "pending-dns",
      reason: { code: "WAITING", sentence: expect.stringContaining("front-2") },
      nextActionAt: stage.clock.now() + 10 * SECOND,
      failures: 0,
    });
  });

  it("orders go on as soon as the last front was replaced", async () => {
    await beat("front-1", { thumbprint: OLD });
    await stage.turn();
    await beat("front-1", { ready: false, thumbprint: OLD });
    await beat("front-2", {});
    expect(await stage.nextTurn("a.example")).toMatchObject({ state: "active" });
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("a front that says another key for ever stops nobody for longer than an hour", async () => {
    const begun = stage.clock.now();
    while (stage.ca.orders.length === 0 && stage.clock.now() < begun + 90 * MINUTE) {
      await beat("front-1", { thumbprint: OLD });
      await stage.nextTurn("a.example");
    }
    expect(stage.clock.now() - begun).toBeGreaterThanOrEqual(60 * MINUTE);
    expect(stage.clock.now() - begun).toBeLessThan(62 * MINUTE);
    expect(await stage.record("a.example")).toMatchObject({ state: "active" });
    expect((await stage.record("a.example")).heldSince).toBeUndefined();
  });

  it("an order that was intended before waits, too", async () => {
    const { putOrderSecret } = stage.memory;
    stage.memory.putOrderSecret = async (secret) => {
      await putOrderSecret.call(stage.memory, secret);
      stage.clock.advance(3 * SECOND);
      await beat("front-1", { thumbprint: OLD });
    };
    await stage.turn();
    expect(stage.ca.orders).toHaveLength(0);
    expect((await stage.record("a.example")).reason?.code).toBe("WAITING");
    stage.clock.advance(2 * MINUTE);
    expect(await stage.nextTurn("a.example")).toMatchObject({ state: "active" });
  });
});
