import { DAY, HOUR } from "../../core/base/clock";
import { claimTenant } from "../../core/issue/turn";
import type { TenantRecord } from "../../core/record/record";
import { wrap } from "../../testing/acme-stage";
import { IssuerStage } from "../../testing/issuer-stage";
import { ManualClock } from "../../testing/manual-clock";
import { tenant } from "../../testing/records";

const NOW = new ManualClock().now();

let stage: IssuerStage;
let first: TenantRecord;
/** Records written since the certificate came. */
let writes: TenantRecord[];

beforeEach(async () => {
  stage = new IssuerStage();
  stage.point("a.example");
  await stage.apply(tenant("a.example"));
  await stage.turn();
  first = await stage.record("a.example");
  writes = [];
});

const counted = () =>
  stage.ports({
    store: wrap(stage.ports().store, (call, [next], run) => {
      if (call === "saveTenant") writes.push(next as TenantRecord);
      return run();
    }),
  });

/** To the next round through all tenants. */
async function untilDue(): Promise<void> {
  const { next = 0 } = (await stage.memory.renewalRound()) ?? {};
  stage.clock.advance(next - stage.clock.now());
}

describe("asking a CA when to renew", () => {
  beforeEach(() => {
    const start = stage.clock.now() + 55 * DAY;
    stage.ca.ari = { start, end: start + DAY, retryAfterMs: 6 * HOUR };
  });

  it("costs one write, and leaves no lease", async () => {
    await untilDue();
    await stage.turn(counted());
    expect(writes).toHaveLength(1);
    expect(await stage.record("a.example")).toMatchObject({ state: "active", renewal: { source: "ari" } });
    expect(writes[0]?.lease).toBeUndefined();
  });

  it("costs no write where the answer is as it was, nor a lease", async () => {
    await untilDue();
    await stage.turn();
    const known = await stage.record("a.example");
    for (let round = 0; round < 3; round++) {
      await untilDue();
      stage.ca.calls.length = 0;
      await stage.turn(counted());
      expect(stage.ca.calls).toEqual(["renewalInfo"]);
    }
    expect(writes).toEqual([]);
    expect(await stage.record("a.example")).toEqual(known);
  });

  it.each<[string, Partial<NonNullable<typeof stage.ca.ari>>]>([
    ["another window", { end: NOW + 60 * DAY, start: NOW + 57 * DAY }],
    ["a word why", { explanationUrl: "https://ca.test/why" }],
    ["a longer wait than a round", { retryAfterMs: DAY }],
  ])("costs one write where the CA has %s", async (_what, change) => {
    await untilDue();
    await stage.turn();
    if (stage.ca.ari) stage.ca.ari = { ...stage.ca.ari, ...change };
    await untilDue();
    await stage.turn(counted());
    expect(writes).toHaveLength(1);
  });

  it("is a time of the tenant's own where the certificate is short-lived", async () => {
    stage.ca.lifetime = 160 * HOUR;
    stage.point("short.example");
    await stage.apply(tenant("a.example"), tenant("short.example"));
    await stage.turn();
    const { renewal, nextActionAt } = await stage.record("short.example");
    expect(renewal).toMatchObject({ ariCheckAt: nextActionAt });
    expect((nextActionAt ?? 0) - stage.clock.now()).toBeLessThanOrEqual(4 * HOUR);
  });

  it("is done once a time although two workers are told to", async () => {
    await untilDue();
    const ports = counted();
    await Promise.all([stage.turn(ports), stage.turn(ports)]);
    const { version } = await stage.record("a.example");
    expect(version).toBe(first.version + 1);
  });

  it("goes on to an order in the same turn where the CA says now", async () => {
    await untilDue();
    stage.ca.ari = { start: stage.clock.now() - HOUR, end: stage.clock.now() - 1, retryAfterMs: HOUR };
    await stage.turn();
    expect((await stage.record("a.example")).certificate?.serial).not.toBe(first.certificate?.serial);
  });

  it("is left to a turn with a lease where the fronts have something to learn, which is told first", async () => {
    await untilDue();
    const item = await stage.memory.frontItem("a.example");
    if (!item) throw new Error("it was published");
    // As after a table that was restored: the record is ahead of what fronts were told.
    const record = await stage.record("a.example");
    await stage.memory.saveTenant({ ...record, revision: item.revision + 1, version: record.version + 1 });
    await stage.turn();
    expect((await stage.memory.frontItem("a.example"))?.revision).toBeGreaterThan(item.revision);
  });

  it("goes on to an order where the certificate carries a name too many", async () => {
    await untilDue();
    const record = await stage.record("a.example");
    if (!record.certificate) throw new Error("it was issued");
    const certificate = { ...record.certificate, names: ["a.example", "moved.example"] };
    await stage.memory.saveTenant({ ...record, certificate, version: record.version + 1 });
    await stage.turn();
    expect((await stage.record("a.example")).certificate?.names).toEqual(["a.example"]);
  });

  it("waits for its turn while somebody holds the tenant", async () => {
    await untilDue();
    const record = await stage.record("a.example");
    const lease = { id: "other", until: stage.clock.now() + HOUR };
    await stage.memory.saveTenant({ ...record, lease, version: record.version + 1 });
    expect(await claimTenant("a.example", stage.ports())).toBeUndefined();
    await stage.turn(counted());
    expect(writes).toEqual([]);
  });

  it("that fails for a reason of ours says so in the record", async () => {
    await untilDue();
    const store = wrap(stage.ports().store, (call, _, run) => {
      if (call === "certificates") throw new Error("unreadable");
      return run();
    });
    await stage.turn(stage.ports({ store }));
    expect(await stage.record("a.example")).toMatchObject({ reason: { code: "INTERNAL" } });
  });
});
