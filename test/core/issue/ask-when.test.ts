import { DAY } from "../../../core/base/clock";
import { askWhen } from "../../../core/issue/ask-when";
import type { IssuerPorts } from "../../../core/issue/ports";
import type { TenantRecord } from "../../../core/record/record";
import { ROUND } from "../../../core/renewal/policy";
import { AskStage, CHAIN, LEAF } from "../../../testing/ask-stage";
import { ManualClock } from "../../../testing/manual-clock";
import { frontItem, tenant, tenantRecord } from "../../../testing/records";

const START = new ManualClock().now();

let stage: AskStage;
let now: number;
beforeEach(() => {
  stage = new AskStage();
  now = stage.clock.now();
});

/** A tenant that is served and published, and is due only to be asked about. */
async function served(changes: Partial<TenantRecord> = {}): Promise<void> {
  const { reason: _new, ...fresh } = tenantRecord("a.example", now);
  const record: TenantRecord = {
    ...fresh,
    state: "active",
    certificate: stage.certificate(),
    renewal: { renewAt: now + 50 * DAY, source: "lifetime", ariCheckAt: now },
    revision: 7,
    ...changes,
  };
  await stage.memory.createTenant(record);
  await stage.memory.putFrontItem(frontItem("a.example", 7, { tenant: record.tenant }));
  await stage.memory.putCertificate({ domain: "a.example", summary: stage.certificate(), chain: CHAIN, key: "key" });
}
const ask = (inRound = false, ports: IssuerPorts = stage.ports()) =>
  askWhen({ domain: "a.example", ...(inRound && { inRound: true as const }) }, ports);
const record = () => stage.record("a.example");

describe("asking a CA when to renew, without a lease", () => {
  it("writes the answer, and when to look next", async () => {
    stage.ca.ari = stage.window();
    await served();
    expect(await ask()).toEqual({ state: "active" });
    expect(stage.asked).toEqual([LEAF]);
    expect(await record()).toMatchObject({ renewal: stage.planned(), nextActionAt: now + 31 * DAY, version: 2 });
    expect(await record()).not.toHaveProperty("lease");
  });

  it("says what the tenant is warned of", async () => {
    await served({ reason: { code: "DNS_SERVFAIL", sentence: "Unreadable." } });
    expect(await ask()).toEqual({ state: "active", reason: "DNS_SERVFAIL" });
  });

  it("leaves no lease that is over", async () => {
    await served({ lease: { id: "old", until: now } });
    expect(await ask()).toEqual({ state: "active" });
    expect(await record()).not.toHaveProperty("lease");
  });

  it("is somebody else's who holds the tenant", async () => {
    await served({ lease: { id: "other", until: now + 1 } });
    expect(await ask()).toBeUndefined();
    expect(await ask(true)).toBeUndefined();
    expect(stage.asked).toEqual([]);
  });

  it("is somebody else's who was faster", async () => {
    await served();
    const answers = await Promise.all([ask(), ask()]);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    expect((await record()).version).toBe(2);
  });

  it("tells where the table failed", async () => {
    await served();
    stage.memory.saveTenant = () => Promise.reject(new Error("no table"));
    await expect(ask()).rejects.toThrow("no table");
  });

  it.each<[string, Partial<TenantRecord>]>([
    ["its renewal is due", { renewal: { renewAt: 0, source: "lifetime" } }],
    ["its fronts have something to learn", { revision: 8 }],
    ["it needs nothing: it is not due for this", { renewal: { renewAt: Number.MAX_SAFE_INTEGER, source: "ari" } }],
  ])("takes the tenant where %s", async (_what, changes) => {
    await served(changes);
    const taken = await ask();
    expect(stage.asked).toEqual([]);
    expect(taken).toEqual({ domain: "a.example", leaseId: (await record()).lease?.id });
  });

  it("takes the tenant where the answer is: now", async () => {
    stage.ca.ari = stage.window({ start: now - DAY, end: now - 1 });
    await served();
    expect(await ask()).toMatchObject({ leaseId: expect.any(String) });
    // It is asked once more by whoever has the lease: nothing was written.
    expect((await record()).renewal?.source).toBe("lifetime");
  });

  it("takes the tenant where asking met a fault of ours, so that it is said in the record", async () => {
    await served();
    stage.memory.certificates = () => Promise.reject(new Error("unreadable"));
    expect(await ask()).toMatchObject({ leaseId: expect.any(String) });
  });

  it("is for a tenant that is known", async () => {
    expect(await ask()).toBeUndefined();
    expect(await ask(true)).toBeUndefined();
  });
});

describe("asking a CA when to renew, in the round", () => {
  const inRound = () => served({ renewal: stage.planned(), nextActionAt: now + 31 * DAY });

  it("writes nothing where the answer is as it was", async () => {
    stage.ca.ari = stage.window();
    await inRound();
    expect(await ask(true)).toEqual({ state: "active" });
    expect(stage.asked).toHaveLength(1);
    expect((await record()).version).toBe(1);
  });

  it.each<[string, object]>([
    ["another window", { start: START + 40 * DAY, end: START + 42 * DAY }],
    ["a word why", { explanationUrl: "https://ca.test/why" }],
    ["a longer wait than a round", { retryAfterMs: ROUND + 1 }],
    ["a window that does not count", { start: START + 79 * DAY, end: START + 80 * DAY }],
  ])("writes an answer that is news: %s", async (_what, changes) => {
    stage.ca.ari = stage.window(changes);
    await inRound();
    expect(await ask(true)).toEqual({ state: "active" });
    expect((await record()).version).toBe(2);
  });

  it("writes that the CA says so itself by now, though the time is the same", async () => {
    stage.ca.ari = stage.window();
    await served({ renewal: { ...stage.planned(), source: "lifetime" }, nextActionAt: now + 31 * DAY });
    await ask(true);
    expect((await record()).renewal).toEqual(stage.planned());
  });

  it("takes the tenant, though it is not due, where it needs more", async () => {
    stage.ca.ari = stage.window();
    await inRound();
    const before = await record();
    await stage.memory.saveTenant({ ...before, revision: 8, version: 2 });
    expect(await ask(true)).toMatchObject({ leaseId: expect.any(String) });
    expect(stage.asked).toEqual([]);
  });

  it("takes it, and has it asked again by whoever has the lease, where the answer is: now, or none for a fault of ours", async () => {
    stage.ca.ari = stage.window({ start: now - DAY, end: now - 1 });
    await inRound();
    expect(await ask(true)).toMatchObject({ leaseId: expect.any(String) });
    expect((await record()).renewal?.renewAt).toBeLessThan(now);
    stage = new AskStage();
    await inRound();
    stage.memory.certificates = () => Promise.reject(new Error("unreadable"));
    expect(await ask(true)).toMatchObject({ leaseId: expect.any(String) });
    expect((await record()).renewal).toEqual({ ...stage.planned(), ariCheckAt: now });
  });

  it("leaves it to who was faster", async () => {
    stage.ca.ari = stage.window();
    await inRound();
    const before = await record();
    const { saveTenant } = stage.memory;
    stage.memory.saveTenant = async (next, lease) => {
      await saveTenant.call(stage.memory, { ...before, version: 2 });
      return saveTenant.call(stage.memory, next, lease);
    };
    await saveTenant.call(stage.memory, { ...before, revision: 8, version: 2 });
    expect(await ask(true)).toBeUndefined();
    expect(await record()).not.toHaveProperty("lease");
  });

  it.each<[string, number | undefined, boolean]>([
    ["has a time of its own for the name", 1, true],
    ["has none sooner than its renewal", 31 * DAY, false],
    ["has none at all", undefined, false],
  ])("asks about a tenant with a name too few, where it %s: %p", async (_what, ahead, waits) => {
    stage.ca.ari = stage.window();
    const nextActionAt = ahead === undefined ? undefined : now + ahead;
    const changes = { tenant: tenant("a.example", { aliases: ["b.example"] }), renewal: stage.planned() };
    await served({ ...changes, nextActionAt: nextActionAt as never });
    expect((await ask(true)) !== undefined).toBe(true);
    expect(stage.asked).toHaveLength(waits ? 1 : 0);
  });
});
