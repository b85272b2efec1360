import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
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

    test("a name that the certificate does not carry yet, a tenant without certificate and a removed one are not asked for", async () => {
      const certificate = stack.ca.issue(["partly.example"]);
      const record = tenantRecord("partly.example", stack.clock.now() - HOUR, {
        state: "renewing",
        certificate: certificate.summary,
      });
      await stack.store.createTenant({ ...record, tenant: { ...record.tenant, aliases: ["new.partly.example"] } });
      for (const name of ["partly.example", "new.partly.example"]) await world.dns.setA(name, ADDRESSES);
      stack.serve(certificate);
      await stack.store.createTenant(tenantRecord("waiting.example", stack.clock.now() - HOUR));
      await stack.active("gone.example", stack.ca.issue(["gone.example"]), { state: "removed" });

      await stack.sweep();

      expect(troubles()).toEqual(NONE);
      expect(stack.metric(METRICS.namesChecked)).toBe(1);
      expect(stack.metric(METRICS.tenantsByState, "Maximum", { state: "removed" })).toBe(1);
    });
  });

  test("an address that nobody answers at is told apart from a name that leads elsewhere", async () => {
    const certificate = stack.ca.issue(["down.example"]);
    await stack.active("down.example", certificate);
    stack.serve(certificate);
    await world.dns.setA("down.example", ["203.0.113.9"]);

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
    await world.dns.setA("left.example", ["203.0.113.9"]);

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
