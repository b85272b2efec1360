import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import type { ServedState } from "../../core/record/record";
import { SHARDS } from "../../lambdas/expiry-monitor/monitor-table";
import { LIST_SHARDS } from "../../store/keys";
import { tenantRecord } from "../../testing/records";
import { ADDRESSES, type MonitorStack, type MonitorWorld, startMonitorStack, startMonitorWorld } from "./monitor-stack";

describe("the expiry monitor", () => {
  let world: MonitorWorld;
  let stack: MonitorStack;

  beforeAll(async () => {
    world = await startMonitorWorld();
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    stack = await startMonitorStack(world);
  });

  const troubles = () => ({
    unreachable: stack.metric(METRICS.namesUnreachable),
    mismatches: stack.metric(METRICS.servedMismatches),
    warnings: stack.metric(METRICS.dnsWarnings),
  });
  const NONE = { unreachable: 0, mismatches: 0, warnings: 0 };

  test("asks every shard of the tenants' index", () => {
    expect(SHARDS).toBe(LIST_SHARDS);
  });

  test("finds a healthy tenant healthy at every address and in public, and says so in metrics and in the table", async () => {
    const certificate = stack.ca.issue(["good.example", "www.good.example"]);
    await stack.active("good.example", certificate);
    stack.serve(certificate);

    await stack.sweep();

    expect(troubles()).toEqual(NONE);
    expect(stack.metric(METRICS.namesChecked)).toBe(2);
    expect(stack.metric(METRICS.monitorHeartbeat)).toBe(SHARDS);
    expect(stack.metric(METRICS.daysToExpiryMin, "Minimum")).toBeCloseTo(90 - 1 / 24, 2);
    expect(stack.metric(METRICS.overdueFractionMax, "Maximum")).toBe(0);
    expect(stack.metric(METRICS.oldestPendingSeconds, "Maximum")).toBe(0);
    expect(stack.metric(METRICS.tenantsByState, "Maximum", { state: "active" })).toBe(1);
    expect(stack.lines.filter(({ level }) => level === "WARN")).toEqual([]);
    const served = await stack.store.servedState("good.example");
    expect(served).toMatchObject({ checkedAt: stack.clock.now(), notAfter: certificate.summary.notAfter });
    expect(served?.renewalCheck).toEqual({ checkedAt: stack.clock.now() });
    const { serial } = certificate.summary;
    expect(served?.names.map(({ name, at, ok, serial }) => [name, at, ok, serial])).toEqual([
      ["good.example", "127.0.0.1", true, serial],
      ["good.example", "127.0.0.2", true, serial],
      ["www.good.example", "127.0.0.1", true, serial],
      ["www.good.example", "127.0.0.2", true, serial],
      ["good.example", "public", true, undefined],
      ["www.good.example", "public", true, undefined],
    ]);
  });

  describe("tells apart what can be wrong with what is served", () => {
    test("one front that still serves an old, valid certificate: not as stored, at that address", async () => {
      const old = stack.ca.issue(["stale.example"], { notBefore: stack.clock.now() - 65 * DAY });
      const current = stack.ca.issue(["stale.example"]);
      await stack.active("stale.example", current);
      stack.serve(current);
      world.fronts[1].serve("stale.example", old);

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, mismatches: 1 });
      expect(await stack.problemsOf("stale.example")).toEqual([
        `stale.example at 127.0.0.2: certificate ${old.summary.serial} is served, ${current.summary.serial} is stored`,
      ]);
      // Overdue by what a visitor may get, not by what is stored: 5 of the last 30 days.
      expect(stack.metric(METRICS.overdueFractionMax, "Maximum")).toBeCloseTo(5 / 30, 3);
      expect(stack.logged("renewal overdue")).toMatchObject([{ tenant: "stale.example", state: "active" }]);
    });

    test("a front without the tenant's certificate keeps visitors out", async () => {
      const certificate = stack.ca.issue(["missing.example"]);
      await stack.active("missing.example", certificate);
      world.fronts[0].serve("missing.example", certificate);

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, unreachable: 1 });
      expect(stack.logged("name has a problem")).toMatchObject([
        { name: "missing.example", at: "127.0.0.2", kind: "refused" },
      ]);
    });

    test("an expired certificate keeps visitors out even where it is the one that is stored", async () => {
      const certificate = stack.ca.issue(["late.example"], { notBefore: stack.clock.now() - 91 * DAY });
      await stack.active("late.example", certificate);
      stack.serve(certificate);

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, unreachable: 1 });
      expect(stack.metric(METRICS.overdueFractionMax, "Maximum")).toBeGreaterThan(1);
      expect(stack.metric(METRICS.daysToExpiryMin, "Minimum")).toBeCloseTo(-1, 2);
      expect((await stack.problemsOf("late.example"))[0]).toMatch(
        /^late\.example at 127\.0\.0\.1: the certificate expired on /,
      );
    });

    test("a certificate that is not valid yet keeps visitors out; one that begins within the clocks' difference does not", async () => {
      const early = stack.ca.issue(["early.example"], { notBefore: stack.clock.now() + HOUR });
      const skewed = stack.ca.issue(["skewed.example"], { notBefore: stack.clock.now() + 3 * MINUTE });
      for (const certificate of [early, skewed]) {
        await stack.active(certificate.summary.names[0] ?? "", certificate);
        stack.serve(certificate);
      }

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, unreachable: 1 });
      expect((await stack.problemsOf("early.example"))[0]).toMatch(/the certificate is not valid before /);
    });

    test("a certificate for other names keeps visitors out", async () => {
      const stored = stack.ca.issue(["right.example"]);
      await stack.active("right.example", stored);
      const wrong = stack.ca.issue(["wrong.example"]);
      for (const front of world.fronts) front.serve("right.example", wrong);

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, unreachable: 1, mismatches: 1 });
      expect((await stack.problemsOf("right.example"))[0]).toBe(
        `right.example at 127.0.0.1: the certificate is for wrong.example; certificate ${wrong.summary.serial} is served, ${stored.summary.serial} is stored`,
      );
    });

    test("a chain without its intermediate is not as stored: many programs cannot follow it", async () => {
      const certificate = stack.ca.issue(["leafonly.example"]);
      await stack.active("leafonly.example", certificate);
      stack.serve({ ...certificate, chain: certificate.leaf });

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, mismatches: 1 });
      expect((await stack.problemsOf("leafonly.example"))[0]).toBe(
        "leafonly.example at 127.0.0.1: the certificate is served without its intermediate",
      );
    });

    test("an intermediate of another CA is not as stored", async () => {
      const certificate = stack.ca.issue(["odd.example"]);
      await stack.active("odd.example", certificate);
      const other = stack.ca.issue(["other.example"]);
      stack.serve({ ...certificate, chain: certificate.leaf + other.leaf });

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, mismatches: 1 });
      expect((await stack.problemsOf("odd.example"))[0]).toMatch(/did not issue/);
    });
  });

  describe("waits for what is on its way", () => {
    test.each([
      ["a certificate stored 4 minutes ago may not be on every front yet", 4 * MINUTE, 0],
      ["6 minutes later it has to be", 6 * MINUTE, 1],
      ["a change from the future is a wrong clock and excuses nothing", -HOUR, 1],
    ])("%s", async (_, age, mismatches) => {
      const old = stack.ca.issue(["fresh.example"]);
      const current = stack.ca.issue(["fresh.example"]);
      await stack.active("fresh.example", current, { revision: stack.clock.now() - age });
      stack.serve(old);

      await stack.sweep();

      expect(troubles()).toEqual({ ...NONE, mismatches });
    });

    test("an index that is behind the fronts is asked again before anything is said", async () => {
      const old = stack.ca.issue(["behind.example"]);
      const current = stack.ca.issue(["behind.example"]);
      await stack.active("behind.example", current);
      stack.serve(current);
      const { table } = stack.context;
      const stale: typeof table = Object.create(table, {
        tenants: {
          value: async (shard: number, cursor?: string) => {
            const page = await table.tenants(shard, cursor);
            return { ...page, items: page.items.map((entry) => ({ ...entry, certificate: old.summary })) };
          },
        },
      });

      await stack.sweep({ table: stale });

      expect(troubles()).toEqual(NONE);
    });

    test("nothing is said of a name that no certificate carries yet, of a tenant without certificate and of a removed one", async () => {
      const certificate = stack.ca.issue(["partly.example"]);
      const record = tenantRecord("partly.example", stack.clock.now() - HOUR, {
        state: "renewing",
        certificate: certificate.summary,
      });
      await stack.store.createTenant({ ...record, tenant: { ...record.tenant, aliases: ["new.partly.example"] } });
      for (const name of ["partly.example", "new.partly.example"]) world.dns.set(name, { a: ADDRESSES });
      stack.serve(certificate);
      await stack.store.createTenant(tenantRecord("waiting.example", stack.clock.now() - HOUR));
      await stack.active("gone.example", stack.ca.issue(["gone.example"]), { state: "removed" });

      await stack.sweep();

      expect(troubles()).toEqual(NONE);
      expect(stack.metric(METRICS.namesChecked)).toBe(1);
      expect(stack.metric(METRICS.tenantsByState, "Maximum", { state: "removed" })).toBe(1);
    });
  });

  describe("watches names that are served with another certificate than the tenant's own", () => {
    /** `own.example` has a certificate of its own; `moved.example`, its alias now, is served with its former tenant's. */
    const moved = async (formerAge: number, own = true) => {
      const former = stack.ca.issue(["former.example", "moved.example"], { notBefore: stack.clock.now() - formerAge });
      const certificate = stack.ca.issue(["own.example"]);
      const record = tenantRecord("own.example", stack.clock.now() - HOUR, {
        state: "renewing",
        ...(own && { certificate: certificate.summary }),
        further: [former.summary],
      });
      await stack.store.createTenant({ ...record, tenant: { ...record.tenant, aliases: ["moved.example"] } });
      for (const name of ["own.example", "moved.example"]) world.dns.set(name, { a: ADDRESSES });
      if (own) stack.serve(certificate);
      for (const front of world.fronts) front.serve("moved.example", former);
      return former;
    };

    test("one in good health is no finding, and counts among the names", async () => {
      const former = await moved(DAY);

      await stack.sweep();

      expect(troubles()).toEqual(NONE);
      expect(stack.metric(METRICS.namesChecked)).toBe(2);
      expect((await stack.store.servedState("own.example"))?.names).toContainEqual({
        name: "moved.example",
        at: "127.0.0.1",
        ok: true,
        serial: former.summary.serial,
        notAfter: former.summary.notAfter,
      });
    });

    test.each([
      ["beside its own", true],
      ["before it has one of its own", false],
    ])("its end is found and measured, %s", async (_, own) => {
      await moved(85 * DAY, own);

      await stack.sweep();

      expect(stack.metric(METRICS.daysToExpiryMin, "Minimum")).toBeCloseTo(5, 2);
      expect(stack.metric(METRICS.overdueFractionMax, "Maximum")).toBeCloseTo(25 / 30, 2);
      expect(stack.logged("renewal overdue")).toMatchObject([{ tenant: "own.example" }]);

      stack.clock.advance(6 * DAY);
      await stack.sweep();

      expect(troubles()).toMatchObject({ unreachable: 1 });
      expect((await stack.problemsOf("own.example"))[0]).toMatch(/^moved\.example at 127\.0\.0\.1: .* expired on /);
    });

    test.each([
      ["beside its own", true],
      ["before it has one of its own", false],
    ])("one that is served no more keeps visitors out, each hour until it is served again, %s", async (_, own) => {
      const former = await moved(DAY, own);
      await stack.sweep();
      for (const front of world.fronts) front.drop("moved.example");

      for (const _hour of [1, 2]) {
        stack.clock.advance(HOUR);
        await stack.sweep();
        expect(troubles()).toMatchObject({ unreachable: 1 });
      }

      for (const front of world.fronts) front.serve("moved.example", former);
      stack.clock.advance(HOUR);
      await stack.sweep();
      expect(troubles()).toEqual(NONE);
    });

    test("one that leads elsewhere by now ends unseen: no visitor of it is kept out", async () => {
      await moved(85 * DAY);
      world.dns.set("moved.example", { a: ["203.0.113.9"] });

      await stack.sweep();

      expect(stack.metric(METRICS.overdueFractionMax, "Maximum")).toBe(0);
      expect(stack.metric(METRICS.daysToExpiryMin, "Minimum")).toBeCloseTo(90, 0);
    });
  });

  describe("one tenant that cannot be checked ends nobody else's watch", () => {
    const healthy = async () => {
      for (const domain of ["a.example", "b.example", "c.example"]) {
        const certificate = stack.ca.issue([domain]);
        await stack.active(domain, certificate);
        stack.serve(certificate);
      }
    };
    const found = (problem: string) => ({ tenant: "b.example", problem: `certfront could not check it: ${problem}` });

    test("a record that is none", async () => {
      await healthy();
      const { table } = stack.context;
      const odd: typeof table = Object.create(table, {
        tenants: {
          value: async (shard: number, cursor?: string) => {
            const { items, ...page } = await table.tenants(shard, cursor);
            const isOdd = (domain: string) => domain === "b.example";
            return { ...page, items: items.map((entry) => (isOdd(entry.domain) ? { ...entry, names: 5 } : entry)) };
          },
        },
      });

      await stack.sweep({ table: odd });

      expect(troubles()).toEqual({ ...NONE, mismatches: 1 });
      expect(stack.metric(METRICS.namesChecked)).toBe(2);
      expect(stack.metric(METRICS.monitorHeartbeat)).toBe(SHARDS);
      expect(stack.logged("name has a problem")).toMatchObject([found("entry.names.flatMap is not a function")]);
    });

    test("a state that cannot be written", async () => {
      await healthy();
      const { table } = stack.context;
      const refusing: typeof table = Object.create(table, {
        putServedState: {
          value: async (state: ServedState) => {
            if (state.domain === "b.example") throw new Error("the item is too large");
            return table.putServedState(state);
          },
        },
      });

      await stack.sweep({ table: refusing });

      expect(stack.metric(METRICS.namesChecked)).toBe(3);
      expect(stack.metric(METRICS.monitorHeartbeat)).toBe(SHARDS);
      expect(stack.logged("name has a problem")).toMatchObject([found("the item is too large")]);
      expect((await stack.store.servedState("c.example"))?.names[0]?.ok).toBe(true);
    });
  });

  test("an address that nobody answers at is told apart from a name that leads elsewhere", async () => {
    const certificate = stack.ca.issue(["down.example"]);
    await stack.active("down.example", certificate);
    stack.serve(certificate);
    world.dns.set("down.example", { a: ["203.0.113.9"] });

    await stack.sweep({ addresses: [ADDRESSES[0], "127.0.0.3"] as never });

    // A name that leads elsewhere has no visitors here to keep out: it is a warning for its next renewal.
    expect(troubles()).toEqual({ ...NONE, warnings: 1 });
    expect(await stack.problemsOf("down.example")).toEqual([
      "down.example at 127.0.0.3: ECONNREFUSED",
      "down.example at public: the name's DNS leads elsewhere",
    ]);
  });

  test("an address that is down costs a batch no more than a few time-outs", async () => {
    const asked: string[] = [];
    for (let i = 0; i < 60; i += 1) await stack.active(`t${i}.example`, stack.ca.issue([`t${i}.example`]));

    await stack.sweep({
      handshake: async ({ address }) => {
        asked.push(address);
        return { status: "no-connection", detail: "no answer within 5 s" };
      },
    });

    expect(troubles()).toMatchObject({ unreachable: 60 });
    // 60 names, two tries each, at two addresses of which each is given up in each of the two lanes.
    expect(asked.length).toBeLessThan(240);
    expect(stack.logged("name has a problem")).toContainEqual(
      expect.objectContaining({
        problem: expect.stringMatching(/^nobody has answered at this address \d+ times running$/),
      }),
    );
  });

  test("a domain that left does not count as overdue: no visitor of it is kept out", async () => {
    const certificate = stack.ca.issue(["left.example"], { notBefore: stack.clock.now() - 85 * DAY });
    await stack.active("left.example", certificate);
    stack.serve(certificate);
    world.dns.set("left.example", { a: ["203.0.113.9"] });

    await stack.sweep();

    expect(stack.metric(METRICS.overdueFractionMax, "Maximum")).toBe(0);
    expect(stack.metric(METRICS.daysToExpiryMin, "Minimum")).toBeUndefined();
    expect((await stack.store.servedState("left.example"))?.overdueFraction).toBeCloseTo(25 / 30, 2);
  });

  test("what it saw is written when it changes and twice a day, not each hour", async () => {
    const certificate = stack.ca.issue(["calm.example"]);
    await stack.active("calm.example", certificate);
    stack.serve(certificate);
    const writtenAfter = async (ms: number) => {
      stack.clock.advance(ms);
      await stack.sweep();
      return (await stack.store.servedState("calm.example"))?.checkedAt;
    };

    const start = stack.clock.now();
    expect(await writtenAfter(0)).toBe(start);
    expect(await writtenAfter(HOUR)).toBe(start);
    world.fronts[1].drop("calm.example");
    expect(await writtenAfter(HOUR)).toBe(start + 2 * HOUR);
    expect(await writtenAfter(HOUR)).toBe(start + 2 * HOUR);
    expect(await writtenAfter(12 * HOUR)).toBe(start + 15 * HOUR);
  });
});
