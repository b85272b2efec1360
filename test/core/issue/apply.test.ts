import { DAY } from "../../../core/base/clock";
import { applyTenants } from "../../../core/issue/apply";
import type { TenantRecord } from "../../../core/record/record";
import type { Store } from "../../../core/record/store";
import type { Tenant } from "../../../core/tenant/tenant";
import { callsAtOnce } from "../../../testing/at-once";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { tenant, tenantRecord } from "../../../testing/records";
import { certificate, order, reason, renewal, trouble } from "../../../testing/trouble";

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

it("writes fifty tenants at once, and takes as many out", async () => {
  const { counted, most } = callsAtOnce<Store>(store);
  const tenants = Array.from({ length: 120 }, (_, n) => tenant(`t${n}.example`));
  await applyTenants(tenants, counted, clock);
  await applyTenants([], counted, clock, { allowRemovals: 120 });
  expect([most.get("createTenant"), most.get("saveTenant")]).toEqual([50, 50]);
});

describe("a tenant that is new", () => {
  it("waits for its DNS, and is looked at at once", async () => {
    expect(await apply([tenant("a.example")])).toEqual({ tenants: 1, added: 1, changed: 0, removed: 0, left: 0 });
    expect(await recordOf()).toEqual(tenantRecord("a.example", now));
  });

  it("and goes on with another's certificate does not queue with those who have none", async () => {
    await has(tenant("old.example"), { certificate: { ...certificate, names: ["old.example", "a.example"] }, renewal });
    const stored = { ...certificate, names: ["old.example", "a.example"] };
    await store.putCertificate({ domain: "old.example", summary: stored, chain: "chain", key: "key" });
    expect(await apply([tenant("a.example", { aliases: ["old.example"] })])).toMatchObject({ added: 1, removed: 1 });
    expect(await recordOf()).toMatchObject({
      state: "renewing",
      lane: "renewal",
      since: now,
      reason: { code: "WAITING", sentence: "a.example was changed and has not been looked at yet." },
      certificate: { issuedTo: "old.example" },
      renewal,
    });
    expect(await store.certificates("a.example")).toEqual([
      { domain: "a.example", summary: { ...stored, issuedTo: "old.example" }, chain: "chain", key: "key" },
    ]);
    expect((await recordOf("old.example")).heirs).toEqual([{ domain: "a.example", revision: now }]);
  });

  it("for one and known to another that was faster is brought to what is configured", async () => {
    const { createTenant } = store;
    store.createTenant = async (record) => {
      await createTenant.call(store, { ...record, tenant: tenant("a.example", { http: "serve" }) });
      return false;
    };
    expect(await apply([tenant("a.example")])).toMatchObject({ added: 0, changed: 1 });
    expect((await recordOf()).tenant.http).toBe("redirect");
  });
});

describe("a tenant that is changed", () => {
  it("begins anew in everything that failed, is looked at at once, and keeps what it is served with", async () => {
    await has(tenant("a.example"), { ...trouble, revision: now + 5 });
    expect(await apply([tenant("a.example", { http: "serve" })])).toMatchObject({ added: 0, changed: 1 });
    expect(await recordOf()).toEqual({
      tenant: tenant("a.example", { http: "serve" }),
      state: "renewing",
      since: now,
      lane: "renewal",
      reason,
      failures: 0,
      certificate,
      renewal,
      order,
      nextActionAt: now,
      revoked: ["other"],
      revision: now + 6,
      version: 2,
    });
  });

  it("has a revision of its time where that is higher", async () => {
    await has(tenant("a.example"), { revision: 7 });
    await apply([tenant("a.example", { http: "serve" })]);
    expect((await recordOf()).revision).toBe(now);
  });

  it.each<[string, boolean, Partial<Tenant>]>([
    ["policy", true, { http: "serve" }],
    ["names", false, { aliases: ["www.a.example"] }],
    ["key type", false, { keyType: "rsa-2048" }],
  ])("in its %s keeps the order under way: %p", async (_what, kept, changes) => {
    await has(tenant("a.example"), { order });
    await apply([tenant("a.example", changes)]);
    expect((await recordOf()).order).toEqual(kept ? order : undefined);
  });

  it("to another customer's goes on with what it is served with, where that is allowed", async () => {
    await has(tenant("a.example", { owner: "anna" }), { state: "active", certificate, renewal });
    await applyTenants([tenant("a.example", { owner: "bob" })], store, clock, { allowTakeovers: ["a.example"] });
    expect(await recordOf()).toMatchObject({ tenant: { owner: "bob" }, state: "active", certificate });
  });

  it("in its key type is renewed now, where it has a plan", async () => {
    await has(tenant("a.example"), { certificate, renewal });
    await has(tenant("b.example"));
    await apply(["a.example", "b.example"].map((domain) => tenant(domain, { keyType: "rsa-2048" })));
    expect((await recordOf()).renewal).toEqual({ ...renewal, renewAt: now, source: "requested" });
    expect(await recordOf("b.example")).not.toHaveProperty("renewal");
  });

  it.each<[string, Partial<TenantRecord>, Partial<TenantRecord>]>([
    [
      "set aside, with a certificate",
      { state: "quarantined", certificate },
      { state: "renewing", lane: "renewal", since: 7 },
    ],
    [
      "set aside, without one",
      { state: "quarantined", lane: "renewal" },
      { state: "pending-dns", lane: "new", since: 7 },
    ],
    ["neither", { state: "issuing", since: 3 }, { state: "issuing", lane: "new", since: 3 }],
  ])("while it is %s", async (_how, before, { state, lane, since }) => {
    await has(tenant("a.example"), { reason, ...before });
    clock.advance(7);
    await apply([tenant("a.example", { http: "serve" })]);
    const after = await recordOf();
    expect({ state: after.state, lane: after.lane }).toEqual({ state, lane });
    expect(after.since).toBe(since === 7 ? now + 7 : since);
    if (state !== "issuing")
      expect(after.reason?.sentence).toBe("a.example was changed and has not been looked at yet.");
  });

  it("tells its fronts who has the names that it gives up, and nothing old of that", async () => {
    await has(tenant("a.example", { aliases: ["b.example"] }), { heirs: [{ domain: "x.example", revision: 1 }] });
    await apply([tenant("a.example"), tenant("b.example")]);
    expect((await recordOf()).heirs).toEqual([{ domain: "b.example", revision: now }]);
    await apply([tenant("a.example", { http: "serve" }), tenant("b.example")]);
    clock.advance(DAY);
    await apply([tenant("a.example"), tenant("b.example")]);
    expect(await recordOf()).not.toHaveProperty("heirs");
  });

  it("by nothing is not written, nor where only the index is behind", async () => {
    await has(tenant("a.example"), trouble);
    expect(await apply([tenant("a.example")])).toMatchObject({ added: 0, changed: 0 });
    const { listTenants } = store;
    store.listTenants = async () => {
      const { items } = await listTenants.call(store);
      return { items: items.map((entry) => ({ ...entry, configHash: "older" })) };
    };
    expect(await apply([tenant("a.example")])).toMatchObject({ added: 0, changed: 0 });
    expect((await recordOf()).version).toBe(1);
  });

  it("is found on whatever page of the index it is", async () => {
    for (const domain of ["a.example", "b.example", "c.example"]) await has(tenant(domain));
    const { listTenants } = store;
    store.listTenants = (cursor) => listTenants.call(store, cursor, 1);
    expect(await apply([tenant("c.example", { http: "serve" })])).toMatchObject({ changed: 1, removed: 2 });
  });
});

describe("a list that there is not time enough for", () => {
  it("leaves the rest as it was, and says how much that is", async () => {
    await has(tenant("gone.example"));
    await has(tenant("same.example"));
    let asked = 0;
    const list = ["same.example", "a.example", "b.example"].map((domain) => tenant(domain));
    expect(await apply(list, async () => ++asked === 1)).toEqual({
      tenants: 3,
      added: 1,
      changed: 0,
      removed: 0,
      left: 2,
    });
    expect(asked).toBe(3);
    expect((await recordOf("gone.example")).state).toBe("pending-dns");
    expect(await apply(list)).toEqual({ tenants: 3, added: 1, changed: 0, removed: 1, left: 0 });
  });
});
