import { DAY, MINUTE, SECOND } from "../../../core/base/clock";
import { issueTenant } from "../../../core/issue/issue";
import type { IssuerPorts } from "../../../core/issue/ports";
import { claimTenant } from "../../../core/issue/turn";
import type { TenantRecord } from "../../../core/record/record";
import type { Store } from "../../../core/record/store";
import { wrap } from "../../../testing/acme-stage";
import { certificateSummary, frontItem, heartbeat, tenant, tenantRecord } from "../../../testing/records";
import { TurnStage } from "../../../testing/turns";

const DOMAIN = "a.example";
let stage: TurnStage;
let now: number;
let setbacks: unknown[][];
beforeEach(() => {
  stage = new TurnStage();
  now = stage.clock.now();
  setbacks = [];
});

const ports = (changes: Partial<IssuerPorts> = {}) =>
  stage.ports({
    observer: { step: () => {}, metric: () => {}, setback: (...args) => void setbacks.push(args) },
    ...changes,
  });
const soon = () => stage.clock.now() + 5 * MINUTE;
async function claim(given = ports()) {
  const claimed = await claimTenant(DOMAIN, given);
  if (!claimed) throw new Error("it is due");
  return claimed;
}
const work = async (given = ports()) => issueTenant(await claim(given), given, soon());
const record = () => stage.record(DOMAIN);
const has = (changes: Partial<TenantRecord> = {}) => stage.memory.createTenant(tenantRecord(DOMAIN, now, changes));
/** A store whose calls of this kind go through `around`. */
const storeWith = (call: keyof Store, around: (run: () => Promise<unknown>, args: readonly unknown[]) => unknown) =>
  wrap<Store>(stage.memory, async (called, args, run) => (called === call ? around(run, args) : run()));

describe("a worker's turn on a tenant", () => {
  it("takes it from its first check to its certificate, and says so", async () => {
    stage.point(DOMAIN);
    await has();
    expect(await work()).toEqual({ domain: DOMAIN, state: "active" });
    expect(await record()).toMatchObject({ state: "active", lane: "renewal" });
    expect(await record()).not.toHaveProperty("lease");
    expect(setbacks).toEqual([]);
  });

  it("says why it did not come as far, in the record, to whoever watches and to its caller", async () => {
    await has();
    expect(await work()).toEqual({ domain: DOMAIN, state: "pending-dns", reason: "DNS_NXDOMAIN" });
    const { reason, nextActionAt, lease } = await record();
    expect(reason?.code).toBe("DNS_NXDOMAIN");
    expect(lease).toBeUndefined();
    expect(setbacks).toEqual([[DOMAIN, reason, nextActionAt, undefined]]);
  });

  it("is nobody's where the claim is not held any more", async () => {
    await has();
    const claimed = await claim();
    stage.clock.advance(DAY);
    await claim();
    expect(await issueTenant(claimed, ports(), soon())).toEqual({ domain: DOMAIN, state: "skipped" });
    expect(setbacks).toEqual([]);
  });

  it("on one that a CA is only asked about needs no lease", async () => {
    const certificate = certificateSummary(DOMAIN, { notBefore: now - 1, notAfter: now + 90 * DAY });
    const { reason: _new, ...served } = tenantRecord(DOMAIN, now, { state: "active", certificate });
    await stage.memory.createTenant({ ...served, renewal: { renewAt: now + DAY, source: "ari", ariCheckAt: now } });
    await stage.memory.putFrontItem(frontItem(DOMAIN, now));
    expect(await work()).toEqual({ domain: DOMAIN, state: "active" });
    expect((await record()).version).toBe(2);
    const held = storeWith("tenant", async (run) => ({
      ...((await run()) as object),
      lease: { id: "1", until: now + 1 },
    }));
    expect(await issueTenant({ domain: DOMAIN }, ports({ store: held }), soon())).toEqual({
      domain: DOMAIN,
      state: "skipped",
    });
  });

  it("that cannot even write its record leaves it to the next, and says so", async () => {
    await has();
    const claimed = await claim();
    const error = new Error("no table");
    const store = storeWith("saveTenant", () => Promise.reject(error));
    expect(await issueTenant(claimed, ports({ store }), soon())).toEqual({
      domain: DOMAIN,
      state: "skipped",
      reason: "INTERNAL",
    });
    const sentence = "certfront could not write what it did for a.example; it goes on when the lease has ended.";
    expect(setbacks).toEqual([[DOMAIN, { code: "INTERNAL", sentence }, 0, error]]);
  });

  it("that meets what nobody foresaw says so, with the cause", async () => {
    await has();
    const error = new TypeError("ours");
    stage.resolver.a = () => Promise.reject(error);
    expect(await work()).toMatchObject({ state: "pending-dns", reason: "INTERNAL" });
    const { reason } = await record();
    expect(reason).toEqual({
      code: "INTERNAL",
      sentence: "certfront failed while working on a.example and tries again; the issuer's log has the details.",
    });
    expect(setbacks).toEqual([[DOMAIN, reason, now + SECOND, error]]);
  });

  it("that comes to no end is ended", async () => {
    await has();
    let tried = 0;
    // Somebody without the lease is always faster.
    const store = storeWith("putFrontItem", async () => ++tried < 0);
    await work(ports({ store }));
    expect(tried).toBe(40);
    expect(setbacks[0]?.[1]).toEqual({
      code: "INTERNAL",
      sentence: "certfront did not come to an end with a.example; this is a defect.",
    });
  });
});

describe("a configuration that changes while its tenant is worked on", () => {
  /** Changes it right before the write that would let go, once. */
  const changing = (change: () => Promise<unknown>) => {
    let changed = false;
    return storeWith("saveTenant", async (run, args) => {
      const [next] = args as [TenantRecord];
      if (!next.lease && !changed) {
        changed = true;
        await change();
      }
      return run();
    });
  };

  it("is worked on in the same turn where nothing was left to do", async () => {
    stage.point(DOMAIN);
    await has();
    const store = changing(() => stage.apply(tenant(DOMAIN, { http: "serve" })));
    expect(await work(ports({ store }))).toMatchObject({ state: "active" });
    expect((await stage.memory.frontItem(DOMAIN))?.tenant.http).toBe("serve");
  });

  it("is looked at at once where something had failed, whatever that was", async () => {
    await has();
    const outcome = await work(ports({ store: changing(() => stage.apply(tenant(DOMAIN, { http: "serve" }))) }));
    // By the next round, not within this one.
    expect(outcome).not.toHaveProperty("again");
    expect((await record()).nextActionAt).toBe(now);
    expect((await record()).reason?.code).toBe("DNS_NXDOMAIN");
  });

  it("says that it was taken out, and not what had failed", async () => {
    await has();
    expect(await work(ports({ store: changing(() => stage.apply()) }))).toMatchObject({
      state: "removed",
      reason: "REMOVED",
    });
    expect((await record()).nextActionAt).toBe(now);
  });
});

describe("a turn with a lease", () => {
  const certificate = () =>
    certificateSummary(DOMAIN, { ca: "first-ca", notBefore: now - DAY, notAfter: now + 89 * DAY });
  const served = async (changes: Partial<TenantRecord>) => {
    await has({
      state: "active",
      certificate: certificate(),
      renewal: { renewAt: now + 9 * DAY, source: "lifetime" },
      ...changes,
    });
    await stage.memory.putFrontItem(frontItem(DOMAIN, now));
    await stage.memory.putCertificate({ domain: DOMAIN, summary: certificate(), chain: "", key: "sealed" });
  };

  it("asks the CA when to renew, and does not forget that somebody asked for a renewal meanwhile", async () => {
    const start = now + 20 * DAY;
    stage.ca.ari = { start, end: start + 2, retryAfterMs: 0 };
    const asking = { renewAt: now + 9 * DAY, source: "lifetime", ariCheckAt: now } as const;
    await served({ renewal: asking, forgetKeysAt: 0 });
    await stage.memory.putHeartbeat(heartbeat("front-1", now, { revision: now }));
    expect(await work()).toMatchObject({ state: "active" });
    expect((await record()).renewal).toMatchObject({ source: "ari", renewAt: start + 1 });
  });

  it("seals keys in PEM, and lets superseded ones go, in one", async () => {
    await served({ unsealed: true });
    const other = certificateSummary(DOMAIN, { serial: "other", fingerprint: "other" });
    await stage.memory.putCertificate({ domain: DOMAIN, summary: other, chain: "", key: "sealed" });
    await stage.memory.putHeartbeat(heartbeat("front-1", now, { revision: now }));
    stage.sealer.privateKey = async () => "certfront sealed";
    expect(await work()).toMatchObject({ state: "active" });
    expect(await record()).not.toHaveProperty("unsealed");
    expect((await stage.memory.certificates(DOMAIN)).map(({ summary }) => summary.serial)).toEqual(["00c0ffee"]);
  });

  it("tells fronts to drop a tenant that was taken out, once", async () => {
    await stage.memory.putFrontItem(frontItem(DOMAIN, 7));
    await has({ state: "removed", reason: { code: "REMOVED", sentence: "It was taken out." } });
    expect(await work()).toEqual({ domain: DOMAIN, state: "removed", reason: "REMOVED" });
    expect(await stage.memory.frontItem(DOMAIN)).toMatchObject({ removed: true });
    expect((await record()).nextActionAt).toBeUndefined();
  });

  it("spends no order that would gain nothing, and looks again", async () => {
    stage.point(DOMAIN);
    await served({ tenant: tenant(DOMAIN, { aliases: ["b.example"] }) });
    expect(await work()).toMatchObject({ state: "active", reason: "DNS_NXDOMAIN" });
    expect(stage.ca.orders).toEqual([]);
    expect((await record()).nextActionAt).toBe(now + MINUTE);
  });

  it("leaves keys in PEM alone, and looks again in a minute, while some front opens no sealed ones", async () => {
    await served({ unsealed: true });
    await stage.memory.putHeartbeat(heartbeat("front-1", now, { opensKeys: false }));
    expect(await work()).toMatchObject({ state: "active" });
    expect(await record()).toMatchObject({ unsealed: true, nextActionAt: now + MINUTE });
  });
});
