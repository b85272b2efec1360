import { MINUTE, SECOND } from "../../../core/base/clock";
import {
  claimTenant,
  type HeldClaim,
  isHeld,
  LeasedTenant,
  SupersededError,
  Turn,
  takeTenant,
} from "../../../core/issue/turn";
import type { TenantRecord } from "../../../core/record/record";
import { WriteConflictError } from "../../../core/record/update";
import { IssuerStage } from "../../../testing/issuer-stage";
import { certificateSummary, tenantRecord } from "../../../testing/records";

const DOMAIN = "a.example";
let stage: IssuerStage;
let now: number;
beforeEach(() => {
  stage = new IssuerStage();
  now = stage.clock.now();
});

const has = (changes: Partial<TenantRecord> = {}) => stage.memory.createTenant(tenantRecord(DOMAIN, now, changes));
const record = () => stage.record(DOMAIN);
const claim = (timeScale = 1) => claimTenant(DOMAIN, stage.ports({ timeScale }));
async function take(timeScale = 1): Promise<HeldClaim> {
  const taken = await takeTenant(DOMAIN, stage.ports({ timeScale }));
  if (!taken) throw new Error("it is due");
  return taken;
}
const accept = async (timeScale = 1) => LeasedTenant.accept(await take(timeScale), stage.ports({ timeScale }));
const fails = (act: Promise<unknown>) => expect(act).rejects.toBeInstanceOf(WriteConflictError);
/** As `apply` writes, beside whoever holds the tenant. */
const writtenBeside = async (changes: Partial<TenantRecord>) => {
  const present = await record();
  await stage.memory.saveTenant({ ...present, ...changes, version: present.version + 1 });
};

describe("a claim", () => {
  it.each<[string, boolean, Partial<TenantRecord>]>([
    ["is due", true, {}],
    ["is due in a moment", false, { nextActionAt: Date.UTC(2026, 10, 21, 12) + 1 }],
    ["is never due", false, { nextActionAt: undefined } as never],
    ["is held", false, { lease: { id: "other", until: Date.UTC(2026, 10, 21, 12) + 1 } }],
    ["was held until now", true, { lease: { id: "other", until: Date.UTC(2026, 10, 21, 12) } }],
  ])("of a tenant that %s: %p", async (_what, given, changes) => {
    await has(changes);
    expect((await claim()) !== undefined).toBe(given);
    if (!given) expect(await takeTenant(DOMAIN, stage.ports())).toBeUndefined();
  });

  it("of a tenant that nobody knows is none", async () => {
    expect(await claim()).toBeUndefined();
    expect(await takeTenant(DOMAIN, stage.ports())).toBeUndefined();
  });

  it("holds it for five minutes in the queue, and it is due again then", async () => {
    await has();
    const claimed = await claim();
    expect(await record()).toMatchObject({
      lease: { id: claimed?.leaseId, until: now + 5 * MINUTE },
      nextActionAt: now + 5 * MINUTE,
      version: 2,
    });
    expect(claimed).toEqual({ domain: DOMAIN, leaseId: expect.any(String) });
  });

  it("lasts as long as the stack's time, but long enough for an order", async () => {
    await has();
    await claim(5);
    expect((await record()).lease?.until).toBe(now + MINUTE);
    stage = new IssuerStage();
    await has();
    await claim(1_000);
    expect((await record()).lease?.until).toBe(now + 45 * SECOND);
  });

  it("goes to one of two", async () => {
    await has();
    const claims = await Promise.all([claim(), claim()]);
    expect(claims.filter((one) => one !== undefined)).toHaveLength(1);
  });

  it("tells where the table failed", async () => {
    await has();
    stage.memory.saveTenant = () => Promise.reject(new Error("no table"));
    await expect(claim()).rejects.toThrow("no table");
  });

  it("takes nothing where the CA is only to be asked when to renew", async () => {
    const certificate = certificateSummary(DOMAIN, { notAfter: now + 50 * 24 * 60 * MINUTE });
    const renewal = { renewAt: now + 1_000, source: "ari", ariCheckAt: now } as const;
    await has({ state: "active", certificate, renewal });
    expect(await claim()).toEqual({ domain: DOMAIN });
    expect((await record()).lease).toBeUndefined();
    await writtenBeside({ renewal: { ...renewal, renewAt: now } });
    expect(await claim()).toMatchObject({ leaseId: expect.any(String) });
  });

  it("says whether it holds", () => {
    expect(isHeld({ domain: DOMAIN, leaseId: "1" })).toBe(true);
    expect(isHeld({ domain: DOMAIN })).toBe(false);
    expect(isHeld({ domain: DOMAIN, leaseId: undefined })).toBe(false);
  });
});

describe("a worker's lease", () => {
  beforeEach(() => has());

  it("takes the claim's place, for two minutes, so that a claim delivered twice is accepted once", async () => {
    const claimed = await take();
    const leased = await LeasedTenant.accept(claimed, stage.ports());
    const { lease, nextActionAt } = await record();
    expect({ lease, nextActionAt }).toEqual({
      lease: { id: expect.any(String), until: now + 2 * MINUTE },
      nextActionAt: now + 2 * MINUTE,
    });
    expect(lease?.id).not.toBe(claimed.leaseId);
    expect(leased.record).toEqual(await record());
    await fails(LeasedTenant.accept(claimed, stage.ports()));
  });

  it("is not given for a tenant that nobody knows, nor one that nobody holds", async () => {
    await fails(LeasedTenant.accept({ domain: "b.example", leaseId: "1" }, stage.ports()));
    await fails(LeasedTenant.accept({ domain: DOMAIN, leaseId: "1" }, stage.ports()));
  });

  it("is renewed by each write, which says when the tenant is due should the worker die", async () => {
    const leased = await accept();
    stage.clock.advance(MINUTE);
    await leased.save((latest) => ({ ...latest, failures: 3 }));
    expect(await record()).toMatchObject({
      failures: 3,
      lease: { id: leased.record.lease?.id, until: now + 3 * MINUTE },
      nextActionAt: now + 3 * MINUTE,
    });
    expect(leased.record).toEqual(await record());
  });

  it("ends with the last write, which says when to look next", async () => {
    const leased = await accept();
    await leased.release((latest) => ({ ...latest, nextActionAt: now + 7 }));
    expect(await record()).toMatchObject({ nextActionAt: now + 7 });
    expect(await record()).not.toHaveProperty("lease");
  });

  it("lets the worker act until ten seconds before its end", async () => {
    expect((await accept()).heldUntil).toBe(now + 2 * MINUTE - 10 * SECOND);
    stage = new IssuerStage();
    await has();
    expect((await accept(1_000)).heldUntil).toBe(now + 35 * SECOND);
  });

  it("ended by another write leaves nothing to act with", async () => {
    const leased = await accept();
    await leased.release((latest) => latest);
    expect(leased.heldUntil).toBeLessThan(0);
  });

  it("that somebody else has now keeps the first one from writing", async () => {
    const leased = await accept();
    stage.clock.advance(3 * MINUTE);
    await take();
    const present = await record();
    await fails(leased.save((latest) => ({ ...latest, failures: 9 })));
    await fails(leased.release((latest) => ({ ...latest, failures: 9 })));
    expect(await record()).toEqual(present);
  });

  it("is written over what was configured meanwhile, which the worker then knows", async () => {
    const leased = await accept();
    await writtenBeside({ revision: 77, nextActionAt: now });
    await leased.save((latest) => ({ ...latest, failures: latest.revision }));
    expect(await record()).toMatchObject({ revision: 77, failures: 77, nextActionAt: now + 2 * MINUTE });
    expect(leased.record.revision).toBe(77);
  });

  it("is not written where what was configured makes it pointless, but the worker knows what was", async () => {
    const leased = await accept();
    await writtenBeside({ revision: 77 });
    const write = leased.save((latest) => {
      if (latest.revision === 77) throw new SupersededError(DOMAIN);
      return latest;
    });
    await expect(write).rejects.toMatchObject({
      code: "SUPERSEDED",
      tenant: DOMAIN,
      message: "The configuration of a.example changed while it was worked on.",
    });
    expect(leased.record.revision).toBe(77);
  });
});

describe("a turn", () => {
  it("ends with the lease, or with the worker's own time where that is sooner", async () => {
    await has();
    const leased = await accept();
    expect(new Turn(leased, stage.ports(), now + MINUTE).end).toBe(now + MINUTE);
    expect(new Turn(leased, stage.ports(), now + 5 * MINUTE).end).toBe(leased.heldUntil);
  });

  it("tells each step, and how long it has been going on", async () => {
    await has();
    const told: unknown[][] = [];
    const observer = { step: (...args: unknown[]) => void told.push(args), setback: () => {}, metric: () => {} };
    const turn = new Turn(await accept(), stage.ports({ observer }), now + MINUTE);
    turn.step("dns");
    stage.clock.advance(3 * SECOND);
    turn.step("order");
    expect(told).toEqual([
      [DOMAIN, "dns", 0],
      [DOMAIN, "order", 3 * SECOND],
    ]);
  });
});
