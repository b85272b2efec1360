import { DAY } from "../../../core/base/clock";
import { applyTenants } from "../../../core/issue/apply";
import type { TenantRecord } from "../../../core/record/record";
import type { Tenant } from "../../../core/tenant/tenant";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { tenant, tenantRecord } from "../../../testing/records";
import { certificate, order, trouble } from "../../../testing/trouble";

let clock: ManualClock;
let store: MemoryStore;
let now: number;
beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore(clock);
  now = clock.now();
});

const apply = (tenants: readonly Tenant[], goesOn?: () => Promise<boolean>) =>
  applyTenants(tenants, store, clock, { allowRemovals: 99 }, goesOn);
const has = (one: Tenant, changes: Partial<TenantRecord> = {}) =>
  store.createTenant(tenantRecord(one.domain, now, { tenant: one, ...changes }));
async function recordOf(domain = "a.example"): Promise<TenantRecord> {
  const record = await store.tenant(domain);
  if (!record) throw new Error(`${domain} has no record`);
  return record;
}

describe("a tenant that is taken out", () => {
  it("is dropped by the fronts at once, keeps its certificate, and has no order any more", async () => {
    await has(tenant("a.example"), { ...trouble, revision: now + 5, heirs: [{ domain: "x.example", revision: 1 }] });
    const { order: _dropped, heirs: _old, ...before } = await recordOf();
    clock.advance(3);
    expect(await apply([])).toEqual({ tenants: 0, added: 0, changed: 0, removed: 1, left: 0 });
    expect(await recordOf()).toEqual({
      ...before,
      state: "removed",
      reason: { code: "REMOVED", sentence: "a.example was taken out of the configuration." },
      since: now + 3,
      lane: "renewal",
      nextActionAt: now + 3,
      revision: now + 6,
      version: 2,
    });
    clock.advance(DAY);
    expect(await apply([])).toMatchObject({ removed: 0 });
    expect((await recordOf()).since).toBe(now + 3);
  });

  it("has a revision of its time where that is higher", async () => {
    await has(tenant("a.example"), { revision: 7 });
    await apply([]);
    expect((await recordOf()).revision).toBe(now);
  });

  it("and was so already, which the index did not know, is not counted", async () => {
    await has(tenant("a.example"), { state: "removed", since: now - 7 });
    const { listTenants } = store;
    store.listTenants = async () => {
      const { items } = await listTenants.call(store);
      return { items: items.map((entry) => ({ ...entry, state: "active" as const })) };
    };
    expect(await apply([])).toMatchObject({ removed: 0 });
    expect((await recordOf()).since).toBe(now - 7);
  });

  it("and comes back goes on with the certificate that it had, and no order", async () => {
    const left = { ...trouble, state: "removed", order } as const;
    await has(tenant("a.example"), left);
    expect(await apply([tenant("a.example")])).toMatchObject({ added: 0, changed: 1 });
    expect(await recordOf()).toMatchObject({ state: "renewing", lane: "renewal", certificate, failures: 0 });
    expect(await recordOf()).not.toHaveProperty("order");
  });

  it("and comes back as another customer's has nothing of the one before but a higher revision", async () => {
    await has(tenant("a.example", { owner: "anna" }), { ...trouble, state: "removed", revision: now + 5, version: 4 });
    const bobs = tenant("a.example", { owner: "bob" });
    await applyTenants([bobs], store, clock, { allowTakeovers: ["a.example"] });
    expect(await recordOf()).toEqual({
      ...tenantRecord("a.example", now),
      tenant: bobs,
      revision: now + 6,
      version: 5,
    });
  });
});

describe("a tenant that cannot be taken out", () => {
  it("stays where another cannot be written, which may be its heir", async () => {
    for (const domain of ["a.example", "b.example"]) await has(tenant(domain));
    store.createTenant = () => Promise.reject(new Error("the item is broken"));
    await expect(apply([tenant("c.example"), tenant("b.example")])).rejects.toMatchObject({
      message: "1 tenant was not written: c.example. The first one said: the item is broken",
    });
    expect((await recordOf()).state).toBe("pending-dns");
  });

  it("is told of, and the others are", async () => {
    for (const domain of ["a.example", "b.example"]) await has(tenant(domain));
    const { saveTenant } = store;
    store.saveTenant = async (record, lease) => {
      if (record.tenant.domain === "a.example") throw new Error("the item is broken");
      return saveTenant.call(store, record, lease);
    };
    await expect(apply([])).rejects.toMatchObject({ code: "TENANTS_NOT_WRITTEN" });
    expect((await recordOf("b.example")).state).toBe("removed");
  });

  it("is one of many that go at once without a word", async () => {
    for (const domain of ["a.example", "b.example"]) await has(tenant(domain));
    await expect(applyTenants([], store, clock)).rejects.toMatchObject({ code: "REMOVALS_REFUSED" });
    // Renamed is not removed.
    expect(
      await applyTenants([tenant("c.example", { aliases: ["a.example", "b.example"] })], store, clock),
    ).toMatchObject({
      removed: 2,
    });
  });
});
