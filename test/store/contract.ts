import { DAY, HOUR, MINUTE, SECOND } from "../../core/base/clock";
import type { Store, TenantIndexEntry, TransientStore } from "../../core/record/store";
import { WriteConflictError } from "../../core/record/update";
import type { ManualClock } from "../../testing/manual-clock";
import { certificateSummary, frontItem, heartbeat, tenant, tenantRecord } from "../../testing/records";

/** What every Store promises. `open` gives an empty one. */
export function storeContract(open: () => Promise<{ store: Store; clock: ManualClock }>): void {
  let store: Store;
  let clock: ManualClock;
  beforeEach(async () => {
    ({ store, clock } = await open());
  });

  async function listAll(): Promise<TenantIndexEntry[]> {
    const entries: TenantIndexEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listTenants(cursor);
      entries.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return entries;
  }

  describe("tenants", () => {
    it("gives back the record as it was created, and creates it only once", async () => {
      const record = tenantRecord("a.example", clock.now(), { certificate: certificateSummary("a.example") });
      expect(await store.tenant("a.example")).toBeUndefined();
      expect(await store.createTenant(record)).toBe(true);
      expect(await store.createTenant({ ...record, failures: 7 })).toBe(false);
      expect(await store.tenant("a.example")).toEqual(record);
    });

    it("leaves out members that are undefined", async () => {
      const record = { ...tenantRecord("a.example", clock.now()), lease: undefined } as never;
      await store.createTenant(record);
      expect(await store.tenant("a.example")).toStrictEqual(tenantRecord("a.example", clock.now()));
    });

    it("lets only one of two writers of the same version win", async () => {
      const record = tenantRecord("a.example", clock.now());
      await store.createTenant(record);
      const results = await Promise.allSettled(
        [1, 2].map((failures) => store.saveTenant({ ...record, failures, version: 2 })),
      );
      expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
      const rejected = results.find((result) => result.status === "rejected");
      expect(rejected?.reason).toBeInstanceOf(WriteConflictError);
    });

    it("refuses a write whose lease somebody else holds, though the version fits", async () => {
      const lease = { id: "worker-1", until: clock.now() + MINUTE };
      const record = tenantRecord("a.example", clock.now(), { lease });
      await store.createTenant(record);
      const next = { ...record, failures: 1, version: 2 };
      await expect(store.saveTenant(next, "worker-2")).rejects.toThrow(WriteConflictError);
      await store.saveTenant(next, "worker-1");
      expect((await store.tenant("a.example"))?.failures).toBe(1);
    });

    it("refuses to save a tenant that was never created", async () => {
      await expect(store.saveTenant(tenantRecord("a.example", clock.now(), { version: 2 }))).rejects.toThrow(
        WriteConflictError,
      );
    });

    it("keeps a removed tenant for 30 days, then makes room for a new one", async () => {
      const { nextActionAt, ...removed } = tenantRecord("a.example", clock.now(), { state: "removed" });
      await store.createTenant(removed);
      clock.advance(30 * DAY - MINUTE);
      expect(await store.tenant("a.example")).toBeDefined();
      expect(await store.createTenant(tenantRecord("a.example", clock.now()))).toBe(false);
      clock.advance(2 * MINUTE);
      expect(await store.tenant("a.example")).toBeUndefined();
      expect(await store.createTenant(tenantRecord("a.example", clock.now()))).toBe(true);
    });
  });

  describe("what is due", () => {
    it("comes soonest first, of the lane asked for, at most as many as asked for", async () => {
      const now = clock.now();
      for (const [index, domain] of ["c.example", "a.example", "b.example", "d.example"].entries()) {
        await store.createTenant(tenantRecord(domain, now, { nextActionAt: now - index * 1000 }));
      }
      await store.createTenant(tenantRecord("later.example", now, { nextActionAt: now + 1 }));
      await store.createTenant(tenantRecord("renewal.example", now, { lane: "renewal" }));
      const { nextActionAt, ...never } = tenantRecord("never.example", now);
      await store.createTenant(never);

      expect((await store.due("new", now, 10)).map((due) => due.domain)).toEqual([
        "d.example",
        "b.example",
        "a.example",
        "c.example",
      ]);
      expect(await store.due("new", now, 2)).toEqual([
        { domain: "d.example", nextActionAt: now - 3000 },
        { domain: "b.example", nextActionAt: now - 2000 },
      ]);
      expect(await store.due("renewal", now, 10)).toEqual([{ domain: "renewal.example", nextActionAt: now }]);
    });

    it("follows the record when it moves on", async () => {
      const record = tenantRecord("a.example", clock.now());
      await store.createTenant(record);
      await store.saveTenant({ ...record, nextActionAt: clock.now() + HOUR, lane: "renewal", version: 2 });
      expect(await store.due("new", clock.now() + HOUR, 10)).toEqual([]);
      expect(await store.due("renewal", clock.now(), 10)).toEqual([]);
      expect(await store.due("renewal", clock.now() + HOUR, 10)).toHaveLength(1);
    });
  });

  describe("the list of tenants", () => {
    it("has every tenant once, without anything that only the record holds", async () => {
      const domains = Array.from({ length: 40 }, (_, index) => `t${index}.example`);
      for (const domain of domains) await store.createTenant(tenantRecord(domain, clock.now()));
      const entries = await listAll();
      expect(entries.map((entry) => entry.domain).sort()).toEqual([...domains].sort());
      const {
        tenant: _tenant,
        lane: _lane,
        failures: _failures,
        version: _version,
        ...rest
      } = tenantRecord("t0.example", clock.now());
      expect(entries.find((entry) => entry.domain === "t0.example")).toEqual({
        ...rest,
        domain: "t0.example",
        names: ["t0.example"],
        configHash: expect.any(String),
      });
    });

    it("is empty, and ends, on an empty table", async () => {
      expect(await listAll()).toEqual([]);
    });

    it("changes the configuration hash with the configuration and with nothing else", async () => {
      const record = tenantRecord("a.example", clock.now());
      await store.createTenant(record);
      const before = (await listAll())[0]?.configHash;
      await store.saveTenant({ ...record, failures: 3, version: 2 });
      expect((await listAll())[0]?.configHash).toBe(before);
      await store.saveTenant({ ...record, tenant: tenant("a.example", { http: "serve" }), version: 3 });
      expect((await listAll())[0]?.configHash).not.toBe(before);
    });
  });

  describe("orders under way and certificates", () => {
    it("keeps an order's key until it is deleted or its time is over", async () => {
      const secret = { id: "1", domain: "a.example", key: "KEY", csr: "CSR", expiresAt: clock.now() + HOUR };
      await store.putOrderSecret(secret);
      await store.putOrderSecret({ ...secret, id: "2" });
      await store.deleteOrderSecret("a.example", "2");
      expect(await store.orderSecret("a.example", "2")).toBeUndefined();
      expect(await store.orderSecret("a.example", "1")).toEqual(secret);
      clock.advance(HOUR);
      expect(await store.orderSecret("a.example", "1")).toBeUndefined();
    });

    it("gives a tenant's certificates newest first and nobody else's", async () => {
      const notBefore = certificateSummary("a.example").notBefore;
      for (const [domain, age] of [
        ["a.example", 2],
        ["a.example", 0],
        ["a.example", 1],
        ["aa.example", 0],
      ] as const) {
        const summary = certificateSummary(domain, { serial: `0${age}`, notBefore: notBefore - age * DAY });
        await store.putCertificate({ domain, summary, chain: "CHAIN", key: `KEY${age}` });
      }
      expect((await store.certificates("a.example")).map((certificate) => certificate.key)).toEqual([
        "KEY0",
        "KEY1",
        "KEY2",
      ]);
    });

    it("deletes one certificate and no other", async () => {
      const notBefore = certificateSummary("a.example").notBefore;
      const stored = [0, 1].map((age) => ({
        domain: "a.example",
        summary: certificateSummary("a.example", { serial: `0${age}`, notBefore: notBefore - age * DAY }),
        chain: "CHAIN",
        key: `KEY${age}`,
      }));
      for (const one of stored) await store.putCertificate(one);
      if (stored[1]) await store.deleteCertificate(stored[1]);
      expect(await store.certificates("a.example")).toEqual([stored[0]]);
    });

    it("remembers how far the round through all tenants is, and lets one of two go on with it", async () => {
      expect(await store.renewalRound()).toBeUndefined();
      const first = { startedAt: 1, next: 5, cursor: "3" };
      expect(await store.putRenewalRound(first, { startedAt: 1, next: 1 })).toBe(true);
      expect(await store.renewalRound()).toEqual(first);
      expect(await store.putRenewalRound({ startedAt: 1, next: 9 }, first)).toBe(true);
      expect(await store.putRenewalRound({ startedAt: 1, next: 10 }, first)).toBe(false);
      expect(await store.renewalRound()).toEqual({ startedAt: 1, next: 9 });
    });

    it("lists pages of a length asked for, nobody twice and nobody left out", async () => {
      const domains = Array.from({ length: 40 }, (_, n) => `t${n}.example`);
      for (const domain of domains) await store.createTenant(tenantRecord(domain, clock.now()));
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listTenants(cursor, 2);
        expect(page.items.length).toBeLessThanOrEqual(2);
        found.push(...page.items.map(({ domain }) => domain));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found.sort()).toEqual(domains.sort());
    });

    it("remembers how far an older stack's keys are sealed", async () => {
      expect(await store.sealingProgress()).toBeUndefined();
      await store.putSealingProgress({ cursor: "3", done: false });
      expect(await store.sealingProgress()).toEqual({ cursor: "3", done: false });
      await store.putSealingProgress({ done: true });
      expect(await store.sealingProgress()).toEqual({ done: true });
    });
  });

  describe("what fronts read", () => {
    it("never lets an item go back", async () => {
      expect(await store.putFrontItem(frontItem("a.example", 5))).toBe(true);
      expect(await store.putFrontItem(frontItem("a.example", 5, { removed: true }))).toBe(false);
      expect(await store.putFrontItem(frontItem("a.example", 4, { removed: true }))).toBe(false);
      expect(await store.frontItem("a.example")).toEqual(frontItem("a.example", 5));
      expect(await store.putFrontItem(frontItem("a.example", 6))).toBe(true);
    });

    it("gives the items from a revision on, oldest first, over several pages", async () => {
      const base = clock.now();
      for (let index = 0; index < 230; index++) {
        await store.putFrontItem(frontItem(`t${index}.example`, base + index));
      }
      const revisions: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.frontItemsSince(base + 10, cursor);
        revisions.push(...page.items.map((item) => item.revision));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(revisions).toEqual(Array.from({ length: 220 }, (_, index) => base + 10 + index));
    });

    it("leaves out the front items that the reader says it holds", async () => {
      await store.putFrontItem(frontItem("held.example", clock.now()));
      await store.putFrontItem(frontItem("new.example", clock.now() + 1));
      const asked: [string, number][] = [];
      const page = await store.frontItemsSince(0, undefined, (domain, revision) => {
        asked.push([domain, revision]);
        return domain === "held.example";
      });
      expect(page.items.map((item) => item.domain)).toEqual(["new.example"]);
      expect(asked).toEqual([
        ["held.example", clock.now()],
        ["new.example", clock.now() + 1],
      ]);
    });

    it("shows a tombstone for 30 days", async () => {
      await store.putFrontItem(frontItem("a.example", clock.now(), { removed: true }));
      expect((await store.frontItemsSince(0)).items).toHaveLength(1);
      clock.advance(30 * DAY + 1000);
      expect((await store.frontItemsSince(0)).items).toHaveLength(0);
      expect(await store.frontItem("a.example")).toBeUndefined();
    });

    it("gives the latest heartbeat of each front that still beats", async () => {
      const beat = (front: string, at: number) => ({
        front,
        role: "AROAFRONT",
        at,
        revision: 1,
        certificates: 0,
        haproxyVersion: "3.0",
        agentVersion: "1",
        ready: true,
        failed: [],
      });
      const now = clock.now();
      await store.putHeartbeat(beat("i-1", now - MINUTE));
      await store.putHeartbeat(beat("i-1", now));
      await store.putHeartbeat(beat("i-2", now - HOUR));
      expect(await store.heartbeats(now, 10 * MINUTE)).toEqual([beat("i-1", now)]);
      expect(await store.heartbeats(now, 2 * HOUR)).toHaveLength(2);
    });

    it("gives one heartbeat of each front, whether it has a key of its own or is from before, until it leaves", async () => {
      const now = clock.now();
      const before = (front: string) => {
        const { role: _, ...shared } = heartbeat(front, now - 5 * MINUTE);
        return shared;
      };
      const own = heartbeat("i-1", now - SECOND);
      const other = heartbeat("i-2", now);
      for (const beat of [before("i-1"), own, other, before("i-3")]) await store.putHeartbeat(beat);
      const seen = async () => {
        const beats = await store.heartbeats(now, MINUTE);
        return beats.map(({ front, role }) => `${front} ${role ?? "shared"}`).sort();
      };
      expect(await seen()).toEqual(["i-1 AROAFRONT", "i-2 AROAFRONT", "i-3 shared"]);
      await store.removeHeartbeat(other);
      await store.removeHeartbeat(own);
      expect(await seen()).toEqual(["i-1 shared", "i-3 shared"]);
      expect(await store.skippedHeartbeats(now)).toBe(0);
    });
  });

  describe("work under way", () => {
    it("gives a batch's slot to one of two who find it free, and to another when its time is over", async () => {
      const lease = (holder: string) => ({ slot: 2, holder, until: clock.now() + MINUTE });
      const free = { freeAt: clock.now() };
      const taken = await Promise.all(["one", "two"].map((holder) => store.putBatchLease(lease(holder), free)));
      expect([...taken].sort()).toEqual([false, true]);
      expect(await store.putBatchLease(lease("three"), { freeAt: clock.now() + MINUTE - 1 })).toBe(false);
      expect(await store.putBatchLease(lease("three"), { freeAt: clock.now() + MINUTE })).toBe(true);
      expect(await store.batchLeases()).toEqual([lease("three")]);
    });

    it("lets the holder of a batch's slot keep it, and nobody else", async () => {
      const lease = { slot: 0, holder: "one", until: clock.now() + MINUTE };
      await store.putBatchLease(lease, { freeAt: clock.now() });
      const later = { ...lease, until: lease.until + MINUTE };
      expect(await store.putBatchLease({ ...later, holder: "two" }, { holder: "two" })).toBe(false);
      expect(await store.putBatchLease(later, { holder: "one" })).toBe(true);
      expect(await store.batchLeases()).toEqual([later]);
    });

    it("remembers the list that was applied last", async () => {
      expect(await store.appliedList()).toBeUndefined();
      for (const sha256 of ["a", "b"]) await store.putAppliedList({ sha256, writingUntil: 7 });
      expect(await store.appliedList()).toEqual({ sha256: "b", writingUntil: 7 });
    });
  });

  describe("limits and accounts", () => {
    it("lets only one of two writers take from a bucket", async () => {
      const level = (tokens: number, version: number) => ({ tokens, updatedAt: clock.now(), version });
      expect(await store.bucket("orders")).toBeUndefined();
      expect(await store.putBucket("orders", level(299, 1))).toBe(true);
      expect(await store.putBucket("orders", level(299, 1))).toBe(false);
      expect(await store.putBucket("orders", level(298, 2))).toBe(true);
      expect(await store.putBucket("orders", level(298, 2))).toBe(false);
      expect(await store.bucket("orders")).toEqual(level(298, 2));
    });

    it("forgets a bucket nobody used for 30 days and starts it anew", async () => {
      await store.putBucket("orders", { tokens: 1, updatedAt: clock.now(), version: 1 });
      clock.advance(30 * DAY + 1000);
      expect(await store.bucket("orders")).toBeUndefined();
      expect(await store.putBucket("orders", { tokens: 2, updatedAt: clock.now(), version: 1 })).toBe(true);
    });

    it("keeps a bucket for 30 days, and not a second less", async () => {
      await store.putBucket("orders", { tokens: 1, updatedAt: clock.now() + 1, version: 1 });
      clock.advance(30 * DAY);
      expect(await store.bucket("orders")).toMatchObject({ tokens: 1 });
    });

    it("lets only one of two writers note a CA's outage", async () => {
      const outage = (failures: number, version: number) => ({
        ca: "first-ca",
        failures,
        tenants: ["a.example"],
        until: clock.now(),
        probeAt: clock.now(),
        limitedUntil: 0,
        version,
      });
      expect(await store.outage("first-ca")).toBeUndefined();
      expect(await store.putOutage(outage(1, 1))).toBe(true);
      expect(await store.putOutage(outage(1, 1))).toBe(false);
      expect(await store.putOutage(outage(2, 2))).toBe(true);
      expect(await store.outage("first-ca")).toEqual(outage(2, 2));
      expect(await store.outage("second-ca")).toBeUndefined();
    });

    it("remembers the account's URL per directory", async () => {
      expect(await store.accountUrl("https://ca.example/dir")).toBeUndefined();
      await store.putAccountUrl("https://ca.example/dir", "https://ca.example/acct/1");
      await store.putAccountUrl("https://ca.example/dir", "https://ca.example/acct/2");
      expect(await store.accountUrl("https://ca.example/dir")).toBe("https://ca.example/acct/2");
    });
  });

  it("keeps what the monitor saw", async () => {
    const state = {
      domain: "a.example",
      checkedAt: clock.now(),
      names: [{ name: "a.example", at: "public", ok: false, problem: "refused" }],
    };
    await store.putServedState(state);
    expect(await store.servedState("a.example")).toEqual(state);
    expect(await store.servedState("b.example")).toBeUndefined();
  });
}

/** What the store without backups promises. `open` gives an empty one. */
export function transientContract(open: () => Promise<TransientStore>): void {
  let store: TransientStore;
  beforeEach(async () => {
    store = await open();
  });

  it("rotates ticket keys only from the set that the rotator saw", async () => {
    const first = { keys: ["a"], rotatedAt: 1 };
    const second = { keys: ["a", "b"], rotatedAt: 2 };
    expect(await store.ticketKeys()).toBeUndefined();
    expect(await store.putTicketKeys(first, undefined)).toBe(true);
    expect(await store.putTicketKeys(second, undefined)).toBe(false);
    expect(await store.putTicketKeys(second, first)).toBe(true);
    expect(await store.putTicketKeys({ keys: [], rotatedAt: 3 }, first)).toBe(false);
    expect(await store.ticketKeys()).toEqual(second);
  });

  it("keeps the last ring of data keys", async () => {
    expect(await store.keyRing()).toBeUndefined();
    await store.putKeyRing("one");
    await store.putKeyRing("two");
    expect(await store.keyRing()).toBe("two");
  });
}
