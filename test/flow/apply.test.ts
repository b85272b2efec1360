import { DAY, HOUR, MINUTE, SECOND } from "../../core/base/clock";
import { applyTenants } from "../../core/issue/apply";
import { applySlice } from "../../core/issue/apply-slice";
import { ensureTicketKeys, rotateTicketKeys } from "../../core/issue/ticket-keys";
import type { TenantRecord } from "../../core/record/record";
import type { Store } from "../../core/record/store";
import type { Tenant } from "../../core/tenant/tenant";
import { wrap } from "../../testing/acme-stage";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

describe("applying the tenant list", () => {
  it("writes what differs and counts it", async () => {
    stage.point("a.example", "b.example", "c.example");
    expect(await stage.apply(tenant("a.example"), tenant("b.example"))).toEqual({
      tenants: 2,
      added: 2,
      changed: 0,
      removed: 0,
      left: 0,
    });
    await stage.turn();
    const before = await stage.record("a.example");
    stage.clock.advance(MINUTE);
    expect(await stage.apply(tenant("a.example"), tenant("b.example"))).toEqual({
      tenants: 2,
      added: 0,
      changed: 0,
      removed: 0,
      left: 0,
    });
    expect(await stage.record("a.example")).toEqual(before);
    expect((await stage.turn()).due).toBe(0);
    expect(await stage.apply(tenant("b.example", { http: "serve" }), tenant("c.example"))).toEqual({
      tenants: 2,
      added: 1,
      changed: 1,
      removed: 1,
      left: 0,
    });
  });

  it("refuses a list that removes many, naming them, and writes nothing; until so many are meant", async () => {
    const twelve = Array.from({ length: 12 }, (_, at) => tenant(`t${at}.example`));
    await stage.apply(...twelve);
    const records = () => Promise.all(twelve.map(({ domain }) => stage.record(domain)));
    const before = await records();
    const [kept] = twelve;
    if (kept === undefined) throw new Error("there is no first tenant");
    const cutOff = [{ ...kept, http: "serve" as const }, tenant("new.example")];
    await expect(applyTenants(cutOff, stage.memory, stage.clock)).rejects.toMatchObject({
      code: "REMOVALS_REFUSED",
      message: expect.stringMatching(
        /^This list removes 11 of 12 tenants \(92 %\): t\d+\.example, .*Nothing was changed\.$/,
      ),
    });
    expect(await records()).toEqual(before);
    expect(await stage.memory.tenant("new.example")).toBeUndefined();
    expect(await applyTenants(cutOff, stage.memory, stage.clock, { allowRemovals: 11 })).toMatchObject({ removed: 11 });
  });

  it("gives a removed tenant's name to no other for 30 days without a word, and back to itself at any time", async () => {
    const shop = tenant("shop.example", { aliases: ["www.shop.example"], upstream: "http://10.0.0.1:80" });
    const apply = (allowTakeovers: readonly string[], ...tenants: Tenant[]) =>
      applyTenants(tenants, stage.memory, stage.clock, { allowRemovals: 9, allowTakeovers });
    await apply([], shop, tenant("other.example"));
    await apply([], tenant("other.example"));
    const others = [
      tenant("other.example", { aliases: ["www.shop.example"] }),
      tenant("www.shop.example"),
      { ...shop, upstream: "http://10.0.0.2:80" },
    ];
    for (const other of others) {
      const list = [other, ...(other.domain === "other.example" ? [] : [tenant("other.example")])];
      await expect(apply([], ...list)).rejects.toMatchObject({
        code: "NAME_TAKEN",
        message: expect.stringMatching(/shop\.example: was shop\.example's, which was taken out on \d{4}-/),
      });
    }
    expect(await stage.memory.tenant("www.shop.example")).toBeUndefined();
    expect(await apply(["www.shop.example"], ...others.slice(0, 1))).toMatchObject({ changed: 1 });
    await apply([], tenant("other.example"));
    expect(await apply([], shop, tenant("other.example"))).toMatchObject({ changed: 1 });
    // After 30 days nobody remembers.
    await apply([], tenant("other.example"));
    stage.clock.advance(31 * DAY);
    expect(await apply([], tenant("other.example", { aliases: ["www.shop.example"] }))).toMatchObject({ changed: 1 });
  });

  it("says how to allow all the names that were another's, and names no more than fit a message", async () => {
    const names = Array.from({ length: 25 }, (_, at) => `t${String(at).padStart(2, "0")}.example`);
    const apply = (allowTakeovers: readonly string[], ...tenants: Tenant[]) =>
      applyTenants(tenants, stage.memory, stage.clock, { allowRemovals: 99, allowTakeovers });
    await apply([], tenant("stays.example"), ...names.map((name) => tenant(name)));
    await apply([], tenant("stays.example"));
    const two = tenant("stays.example", { aliases: names.slice(0, 2) });
    await expect(apply(["earlier.example"], two)).rejects.toMatchObject({
      advice: expect.stringContaining(
        "pulumi config set --path 'allowTakeovers[1]' t00.example && pulumi config set --path 'allowTakeovers[2]' t01.example && pulumi up.",
      ),
    });
    await expect(apply([], tenant("stays.example", { aliases: names }))).rejects.toMatchObject({
      message: expect.stringMatching(/^Another tenant had 25 of the names[\s\S]*t19\.example: [^\n]*\n {2}and 5 more$/),
    });
  });

  it("brings changed policy to the fronts under a higher revision, without an order", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    await stage.turn();
    const before = await stage.memory.frontItem("a.example");
    await stage.apply(tenant("a.example", { hsts: { maxAge: 1, includeSubdomains: false, preload: false } }));
    await stage.turn();
    const after = await stage.memory.frontItem("a.example");
    expect(after?.tenant.hsts).toEqual({ maxAge: 1, includeSubdomains: false, preload: false });
    expect(after?.certificate).toEqual(before?.certificate);
    expect(after?.revision).toBeGreaterThan(before?.revision ?? 0);
    expect((await stage.record("a.example")).revision).toBe(after?.revision);
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("orders anew where names changed, and serves the old certificate until then", async () => {
    stage.point("a.example", "www.a.example");
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
    await stage.turn();
    await stage.apply(tenant("a.example"));
    await stage.turn();
    expect((await stage.record("a.example")).certificate?.names).toEqual(["a.example"]);
    expect((await stage.memory.frontItem("a.example"))?.certificate?.summary.names).toEqual(["a.example"]);
    expect(stage.ca.orders).toHaveLength(2);
  });

  it("drops a tenant that is gone from the list, keeps its record, and never looks at it again", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    await stage.turn();
    await stage.apply();
    await stage.turn();
    expect(await stage.memory.frontItem("a.example")).toMatchObject({ removed: true });
    const record = await stage.record("a.example");
    expect(record).toMatchObject({ state: "removed", since: stage.clock.now(), certificate: { names: ["a.example"] } });
    expect(record.nextActionAt).toBeUndefined();
    stage.clock.advance(31 * DAY);
    expect(await stage.memory.tenant("a.example")).toBeUndefined();
  });

  it("takes a tenant back with the certificate it had", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    await stage.turn();
    const { certificate } = await stage.record("a.example");
    await stage.apply();
    await stage.turn();
    stage.clock.advance(DAY);
    expect(await stage.apply(tenant("a.example"))).toMatchObject({ changed: 1 });
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({ state: "active", certificate });
    expect(await stage.memory.frontItem("a.example")).toMatchObject({
      removed: false,
      certificate: { summary: certificate },
    });
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("looks at once at a tenant that was set aside and is changed", async () => {
    await stage.apply(tenant("a.example"));
    for (let day = 0; day < 9; day++) {
      stage.clock.advance(DAY);
      await stage.turn();
    }
    expect((await stage.record("a.example")).state).toBe("quarantined");
    stage.point("a.example");
    await stage.apply(tenant("a.example", { http: "serve" }));
    await stage.turn();
    expect((await stage.record("a.example")).state).toBe("active");
  });

  it("publishes a tenant's policy before it has a certificate", async () => {
    await stage.apply(tenant("a.example", { http: "serve" }));
    await stage.turn();
    const front = await stage.memory.frontItem("a.example");
    expect(front).toMatchObject({ removed: false, tenant: { http: "serve" } });
    expect(front?.certificate).toBeUndefined();
  });

  it("writes everybody else where one cannot be written, takes nobody away then, and names the one", async () => {
    await stage.apply(tenant("goes.example"), tenant("bad.example"));
    const store = wrap<Store>(stage.memory, async (call, args, run) => {
      const [written] = args as [TenantRecord];
      if (call === "saveTenant" && written.tenant.domain === "bad.example") throw new Error("the item is broken");
      return run();
    });
    const list = [tenant("bad.example", { http: "serve" }), tenant("new.example")];
    await expect(applyTenants(list, store, stage.clock, { allowRemovals: 9 })).rejects.toMatchObject({
      code: "TENANTS_NOT_WRITTEN",
      message: "1 tenant was not written: bad.example. The first one said: the item is broken",
    });
    expect((await stage.record("new.example")).state).toBe("pending-dns");
    expect((await stage.record("goes.example")).state).not.toBe("removed");
    expect(await stage.apply(...list)).toMatchObject({ changed: 1, removed: 1 });
  });

  it("does not try them all where it is the table that fails", async () => {
    let asked = 0;
    const store = wrap<Store>(stage.memory, async (call, _args, run) => {
      if (call !== "createTenant") return run();
      asked += 1;
      throw new Error("no capacity");
    });
    const many = Array.from({ length: 1_000 }, (_, n) => tenant(`t${n}.example`));
    await expect(applyTenants(many, store, stage.clock)).rejects.toMatchObject({ code: "TENANTS_NOT_WRITTEN" });
    expect(asked).toBeLessThan(100);
  });

  it("can be run by two at once", async () => {
    const tenants = Array.from({ length: 60 }, (_, n) => tenant(`t${n}.example`));
    const counts = await Promise.all([stage.apply(...tenants), stage.apply(...tenants)]);
    expect(counts.reduce((sum, { added }) => sum + added, 0)).toBe(60);
    const changed = tenants.map((one) => ({ ...one, http: "serve" as const }));
    await Promise.all([stage.apply(...changed), stage.apply(...changed)]);
    expect((await stage.memory.listTenants()).items.map(({ domain }) => domain).sort()).toEqual(
      tenants.map(({ domain }) => domain).sort(),
    );
    expect((await stage.record("t7.example")).tenant.http).toBe("serve");
  });
});

describe("a list that takes several invocations", () => {
  const domains = (prefix: string) => Array.from({ length: 120 }, (_, n) => `${prefix}${n}.example`);
  const list = (sha256: string, tenants: readonly Tenant[], continues = false) => ({ sha256, tenants, continues });
  /** One invocation that has time for about so many tenants; each takes a second. */
  const slice = ({ tenants, ...which }: ReturnType<typeof list>, seconds: number) => {
    const until = stage.clock.now() + seconds * SECOND;
    // Two seconds, in which whatever was begun has ended.
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
    return applySlice(which, until, stage.ports({ pause }), (goesOn) =>
      applyTenants(tenants, stage.memory, stage.clock, { allowRemovals: 1_000 }, async () => {
        stage.clock.advance(SECOND);
        return goesOn();
      }),
    );
  };
  const stored = async () =>
    (await stage.memory.listTenants()).items.filter(({ state }) => state !== "removed").map(({ domain }) => domain);

  it("says how much is left, and goes on with that and nothing else", async () => {
    const tenants = domains("t").map((domain) => tenant(domain));
    const first = await slice(list("one", tenants), 50);
    expect(first?.added).toBeGreaterThan(0);
    expect(first?.left).toBeGreaterThan(0);
    expect((first?.added ?? 0) + (first?.left ?? 0)).toBe(120);
    expect(await slice(list("one", tenants, true), 500)).toMatchObject({ added: first?.left, left: 0 });
    expect((await stored()).sort()).toEqual(domains("t").sort());
  });

  it("is not gone on with when a newer one has come", async () => {
    const old = domains("old").map((domain) => tenant(domain));
    await slice(list("one", old), 50);
    await slice(list("two", [tenant("new.example")]), 500);
    expect(await slice(list("one", old, true), 500)).toBeUndefined();
    expect(await stored()).toEqual(["new.example"]);
  });

  it("writes nothing any more while a newer one is written", async () => {
    const old = domains("old").map((domain) => tenant(domain));
    let newer: Promise<unknown> | undefined;
    const until = stage.clock.now() + 500 * SECOND;
    let asked = 0;
    const ended = await applySlice(list("one", old), until, stage.ports(), (goesOn) =>
      applyTenants(old, stage.memory, stage.clock, {}, async () => {
        stage.clock.advance(SECOND);
        // The next `pulumi up`, amid the first one's writes.
        if (++asked === 60) newer = slice(list("two", [tenant("new.example")]), 1_000);
        return goesOn();
      }),
    );
    await newer;
    expect(ended).toBeUndefined();
    expect(await stored()).toEqual(["new.example"]);
  });
});

describe("session ticket keys", () => {
  const keys = async () => {
    const opener = stage.dataKeys.opener();
    return Promise.all(((await stage.memory.ticketKeys())?.keys ?? []).map((key) => opener.ticketKey(key)));
  };

  it("are three from the first day, of 80 bytes each, all different", async () => {
    await ensureTicketKeys(stage.ports());
    const first = await keys();
    expect(first.map((key) => Buffer.from(key, "base64").length)).toEqual([80, 80, 80]);
    expect(new Set(first).size).toBe(3);
    await ensureTicketKeys(stage.ports());
    expect(await keys()).toEqual(first);
  });

  it("rotate by one: the oldest goes, the newest waits its turn", async () => {
    expect(await rotateTicketKeys(stage.ports())).toBe(true);
    const first = await keys();
    stage.clock.advance(8 * HOUR);
    expect(await rotateTicketKeys(stage.ports())).toBe(true);
    const second = await keys();
    expect(second.slice(0, 2)).toEqual(first.slice(1));
    expect(first).not.toContain(second[2]);
  });

  it("are all replaced at once when one of them is known to somebody, however young they are", async () => {
    await rotateTicketKeys(stage.ports());
    const first = await keys();
    expect(await rotateTicketKeys(stage.ports(), true)).toBe(true);
    const second = await keys();
    expect(second).toHaveLength(3);
    expect(second.filter((key) => first.includes(key))).toEqual([]);
  });

  it("are not rotated twice by a schedule that is delivered twice", async () => {
    await rotateTicketKeys(stage.ports());
    stage.clock.advance(8 * HOUR);
    const twice = [rotateTicketKeys(stage.ports()), rotateTicketKeys(stage.ports())];
    expect((await Promise.all(twice)).sort()).toEqual([false, true]);
    expect(await rotateTicketKeys(stage.ports())).toBe(false);
  });
});
