import { DAY, MINUTE, SECOND } from "../../core/base/clock";
import { BatchSlot } from "../../core/issue/batch-slots";
import { issueTenant } from "../../core/issue/issue";
import { type Batch, reconcile } from "../../core/issue/reconcile";
import { claimTenant } from "../../core/issue/turn";
import type { TenantRecord } from "../../core/record/record";
import type { Store } from "../../core/record/store";
import { wrap } from "../../testing/acme-stage";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant, tenantRecord } from "../../testing/records";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

const soon = () => stage.clock.now() + 5 * MINUTE;

describe("two workers on one tenant", () => {
  beforeEach(async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
  });

  it("claim it once when two reconciles run at the same time", async () => {
    const [first, second] = await Promise.all([stage.turn(), stage.turn()]);
    expect(first.due + second.due).toBe(1);
    expect(stage.ca.orders).toHaveLength(1);
    expect((await stage.record("a.example")).state).toBe("active");
  });

  it("work on it once when Lambda delivers the same claim twice", async () => {
    const ports = stage.ports();
    const claim = await claimTenant("a.example", ports);
    if (!claim) throw new Error("a new tenant is due at once");
    const outcomes = await Promise.all([issueTenant(claim, ports, soon()), issueTenant(claim, ports, soon())]);
    expect(outcomes.map(({ state }) => state).sort()).toEqual(["active", "skipped"]);
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("leave it alone when the claim is stale", async () => {
    const ports = stage.ports();
    const claim = await claimTenant("a.example", ports);
    if (!claim) throw new Error("a new tenant is due at once");
    stage.clock.advance(6 * MINUTE);
    await stage.turn();
    expect(await issueTenant(claim, ports, soon())).toEqual({ domain: "a.example", state: "skipped" });
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("leave it to the one that holds it, though its configuration changed and it is due again", async () => {
    const ports = stage.ports();
    await claimTenant("a.example", ports);
    await stage.apply(tenant("a.example", { http: "serve" }));
    expect((await stage.record("a.example")).nextActionAt).toBe(stage.clock.now());
    expect(await claimTenant("a.example", ports)).toBeUndefined();
  });

  it("never ask a CA for an order that would outlast their lease, ten seconds before its end at the latest", async () => {
    const placed = async (secondsLeft: number) => {
      stage = new IssuerStage();
      stage.point("a.example");
      await stage.apply(tenant("a.example"));
      // The lease is two minutes long when the order is on record, and then something takes its time.
      const slow = wrap<Store>(stage.memory, async (call, args, run) => {
        const [record] = args as [TenantRecord];
        await run();
        if (call === "saveTenant" && record.order && !record.order.url && record.lease)
          stage.clock.advance(record.lease.until - stage.clock.now() - secondsLeft * SECOND);
      });
      const store = wrap<Store>(stage.memory, (call, args, run) =>
        call === "saveTenant" ? slow.saveTenant(...(args as [TenantRecord, string])) : run(),
      );
      await stage.turn(stage.ports({ store }));
      return stage.ca.calls.includes("newOrder");
    };
    // A new order may take 20 s.
    expect([await placed(31), await placed(29)]).toEqual([true, false]);
  });

  it("go on after a hung worker's lease has ended, and the hung one cannot write any more when it wakes up", async () => {
    stage.ca.processingPolls = 2;
    const { hang, wakeUp } = switchedPause();
    const hung = stage.turn(stage.ports({ pause: hang.pause }));
    await hang.reached;
    expect((await stage.record("a.example")).state).toBe("issuing");

    stage.clock.advance(MINUTE);
    expect((await stage.turn()).due).toBe(0);
    stage.clock.advance(2 * MINUTE);
    await stage.turn();
    const finished = await stage.record("a.example");
    expect(finished.state).toBe("active");

    wakeUp();
    expect((await hung).outcomes).toEqual([{ domain: "a.example", state: "skipped" }]);
    expect(await stage.record("a.example")).toEqual(finished);
    expect(stage.ca.orders).toHaveLength(1);
    expect((await stage.memory.frontItem("a.example"))?.certificate?.summary).toEqual(finished.certificate);
  });
});

describe("a tenant whose configuration changes while its order is under way", () => {
  beforeEach(async () => {
    stage.point("a.example", "www.a.example");
    stage.ca.processingPolls = 1;
  });

  /** Runs a turn that stands still while the CA works on the order, changes the configuration, and lets it go on. */
  async function changeInTheMiddle(change: () => Promise<unknown>): Promise<void> {
    const { hang, wakeUp } = switchedPause();
    const turn = stage.turn(stage.ports({ pause: hang.pause }));
    await hang.reached;
    await change();
    wakeUp();
    await turn;
  }

  it("is dropped when it was removed, and no certificate of it stays on the fronts", async () => {
    await stage.apply(tenant("a.example"));
    await changeInTheMiddle(() => stage.apply());
    const record = await stage.record("a.example");
    expect(record).toMatchObject({ state: "removed", reason: { code: "REMOVED" } });
    expect(record.nextActionAt).toBeUndefined();
    const front = await stage.memory.frontItem("a.example");
    expect(front).toMatchObject({ removed: true, revision: record.revision });
    expect(front?.certificate).toBeUndefined();
    expect((await stage.turn()).due).toBe(0);
  });

  it("keeps the order when only policy changed, and ends with that policy on the fronts", async () => {
    await stage.apply(tenant("a.example"));
    await changeInTheMiddle(() => stage.apply(tenant("a.example", { http: "serve" })));
    const record = await stage.record("a.example");
    expect(record.state).toBe("active");
    expect(stage.ca.orders).toHaveLength(1);
    const front = await stage.memory.frontItem("a.example");
    expect(front?.tenant.http).toBe("serve");
    expect(front?.certificate?.summary).toEqual(record.certificate);
    expect(front?.revision).toBe(record.revision);
  });

  it("ends with that policy on the fronts also when it changed between the fronts' item and the record", async () => {
    await stage.apply(tenant("a.example"));
    const store = wrap<Store>(stage.memory, async (call, _args, run) => {
      const result = await run();
      if (call === "putFrontItem") await stage.apply(tenant("a.example", { http: "serve" }));
      return result;
    });
    for (let turn = 0; turn < 3; turn++) await stage.turn(turn === 0 ? stage.ports({ store }) : undefined);
    const record = await stage.record("a.example");
    const front = await stage.memory.frontItem("a.example");
    expect(record).toMatchObject({ state: "active", revision: front?.revision });
    expect(front).toMatchObject({ tenant: { http: "serve" }, certificate: { summary: record.certificate } });
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("orders anew when its names changed", async () => {
    await stage.apply(tenant("a.example"));
    await changeInTheMiddle(() => stage.apply(tenant("a.example", { aliases: ["www.a.example"] })));
    const record = await stage.turnsUntil("a.example", ({ state }) => state === "active");
    expect(record.certificate?.names).toEqual(["a.example", "www.a.example"]);
    expect(stage.ca.orders.map(({ names }) => names)).toEqual([["a.example"], ["a.example", "www.a.example"]]);
  });
});

describe("a tenant whose configuration changes as its worker lets go of it", () => {
  /** The store, with a change of configuration right before the write that would let go. */
  function changedBeforeRelease(change: () => Promise<unknown>): Store {
    let changed = false;
    return wrap<Store>(stage.memory, async (call, args, run) => {
      const [record] = args as [TenantRecord];
      if (call === "saveTenant" && !record.lease && !changed) {
        changed = true;
        await change();
      }
      return run();
    });
  }

  it("is dropped by the fronts all the same when it was removed", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    await stage.turn(stage.ports({ store: changedBeforeRelease(() => stage.apply()) }));
    expect(await stage.memory.frontItem("a.example")).toMatchObject({ removed: true });
    expect((await stage.record("a.example")).state).toBe("removed");
  });

  it("is looked at again at once when it had failed", async () => {
    await stage.apply(tenant("a.example"));
    const changing = changedBeforeRelease(() => stage.apply(tenant("a.example", { http: "serve" })));
    await stage.turn(stage.ports({ store: changing }));
    expect((await stage.record("a.example")).nextActionAt).toBe(stage.clock.now());
    await stage.turn();
    expect((await stage.memory.frontItem("a.example"))?.tenant.http).toBe("serve");
  });
});

describe("an order that outlives its time at the CA", () => {
  it("is replaced by a new one", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    stage.ca.processingPolls = 1_000;
    await stage.turn();
    expect((await stage.record("a.example")).order?.url).toBe(stage.ca.orders[0]?.url);

    stage.clock.advance(8 * DAY);
    stage.ca.processingPolls = 0;
    const record = await stage.turnsUntil("a.example", ({ state }) => state === "active");
    expect(stage.ca.orders).toHaveLength(2);
    expect(record.certificate?.names).toEqual(["a.example"]);
  });
});

describe("reconcile", () => {
  it("hands out batches of 25, larger ones rather than more than five", async () => {
    const sizes = async (count: number) => {
      stage = new IssuerStage();
      await stage.apply(...Array.from({ length: count }, (_, n) => tenant(`t${n}.example`)));
      const batches: number[] = [];
      await reconcile(stage.ports(), async ({ claims }) => void batches.push(claims.length));
      return batches;
    };
    expect(await sizes(1)).toEqual([1]);
    expect(await sizes(26)).toEqual([13, 13]);
    expect(await sizes(125)).toEqual([25, 25, 25, 25, 25]);
    expect(await sizes(300)).toEqual([60, 60, 60, 60, 60]);
  });

  it("counts the batches under way, whichever round started them, and starts one where one has ended or died", async () => {
    const ports = stage.ports();
    const started: Batch[] = [];
    const round = async () => {
      const before = started.length;
      await reconcile(ports, async (batch) => void started.push(batch));
      return started.length - before;
    };
    const wave = async (name: string) => {
      for (let n = 0; n < 60; n++) {
        await stage.memory.createTenant(tenantRecord(`${name}${n}.example`, stage.clock.now()));
      }
    };
    await wave("first");
    expect(await round()).toBe(3);
    await wave("second");
    expect(await round()).toBe(2);
    await wave("third");
    expect(await round()).toBe(0);

    // Delivered twice: works once.
    const slots = started.map(({ slot }) => slot);
    const running = await Promise.all(slots.map((slot) => BatchSlot.accept(slot, ports)));
    expect(running.every((slot) => slot !== undefined)).toBe(true);
    expect(await Promise.all(slots.map((slot) => BatchSlot.accept(slot, ports)))).toEqual(slots.map(() => undefined));

    await running[0]?.release();
    expect(await round()).toBe(1);
    // The others say that they are alive, but for one.
    stage.clock.advance(MINUTE);
    for (const slot of running.slice(1, 4)) await slot?.renew();
    await wave("fourth");
    expect(await round()).toBe(0);
    stage.clock.advance(MINUTE);
    expect(await round()).toBe(2);
  });

  it("takes renewals first, and new tenants are never shut out", async () => {
    const now = stage.clock.now();
    for (let n = 0; n < 500; n++) {
      await stage.memory.createTenant(tenantRecord(`old${n}.example`, now, { lane: "renewal" }));
      await stage.memory.createTenant(tenantRecord(`new${n}.example`, now));
    }
    const claimed: string[] = [];
    await reconcile(stage.ports(), async ({ claims }) => void claimed.push(...claims.map(({ domain }) => domain)));
    expect(claimed.filter((domain) => domain.startsWith("old"))).toHaveLength(334);
    expect(claimed.filter((domain) => domain.startsWith("new"))).toHaveLength(166);
  });
});

/** A pause that stands still until it is woken up. */
function switchedPause(): { hang: { pause: () => Promise<void>; reached: Promise<void> }; wakeUp: () => void } {
  let wakeUp = () => {};
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const awake = new Promise<void>((resolve) => {
    wakeUp = resolve;
  });
  const pause = () => {
    reach();
    return awake;
  };
  return { hang: { pause, reached }, wakeUp };
}
