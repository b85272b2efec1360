import { DAY, HOUR, MINUTE, SECOND } from "../../core/base/clock";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

const names = (count: number, prefix = "t") => Array.from({ length: count }, (_, n) => `${prefix}${n}.example`);

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
  stage.figures = new Map([["first-ca", { ordersPerAccount: { capacity: 10, windowMs: HOUR } }]]);
});

async function add(...domains: readonly string[]): Promise<void> {
  stage.point(...domains);
  const known = (await stage.memory.listTenants()).items.map(({ domain }) => domain);
  await stage.apply(...[...new Set([...known, ...domains])].map((domain) => tenant(domain)));
}

async function states(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state, reason } of (await stage.memory.listTenants()).items) {
    const key = [state, reason?.code].filter(Boolean).join(" ");
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe("a CA's limit", () => {
  it("is never hit: who finds no room waits for a time of its own, and everybody is served in turn", async () => {
    const ports = stage.ports();
    await add(...names(14));
    await stage.turn(ports);
    expect(await states()).toEqual({ active: 8, "pending-dns RATE_LIMITED": 6 });
    expect(stage.ca.orders).toHaveLength(8);
    const waiting = (await stage.memory.listTenants()).items.filter(({ state }) => state === "pending-dns");
    expect(
      waiting
        .map(({ nextActionAt = 0 }) => Math.round((nextActionAt - stage.clock.now()) / MINUTE))
        .sort((a, b) => a - b),
    ).toEqual([6, 12, 18, 24, 30, 36]);
    expect(waiting[0]?.reason?.sentence).toMatch(
      /^first-ca allows 10 new orders per hour, and that is used up; t\d+\.example has its turn as soon as there is room\.$/,
    );
    for (let minute = 0; minute <= 40; minute++) {
      stage.clock.advance(MINUTE);
      await stage.turn(ports);
    }
    expect(await states()).toEqual({ active: 14 });
    expect(stage.ca.orders).toHaveLength(14);
  });

  it("leaves room for the certificates of old tenants that it counts, however many new tenants wait", async () => {
    const ports = stage.ports();
    await add("old.example", "www.old.example");
    await stage.turn(ports);
    stage.clock.advance(2 * HOUR);
    await add(...names(30));
    await stage.turn(ports);
    expect(await states()).toEqual({ active: 10, "pending-dns RATE_LIMITED": 22 });
    // Before its time a certificate with other names counts like a new one.
    const known = (await stage.memory.listTenants()).items.map(({ domain }) => domain);
    await stage.apply(
      ...known.map((domain) => tenant(domain, domain === "old.example" ? { aliases: ["new.old.example"] } : {})),
    );
    stage.point("new.old.example");
    await stage.turn(ports);
    expect((await stage.record("old.example")).certificate?.names).toEqual(["old.example", "new.old.example"]);
  });

  it("sends tenants to the next CA", async () => {
    const second = stage.newCa("second-ca");
    stage.cas = [stage.ca, second];
    await add(...names(12));
    await stage.turn();
    expect(await states()).toEqual({ active: 12 });
    expect([stage.ca.orders.length, second.orders.length]).toEqual([8, 4]);
  });
});

describe("a stack whose time runs faster", () => {
  it("waits less by the same factor, and a second at the least", async () => {
    const waitOf = async (timeScale: number) => {
      stage = new IssuerStage();
      await stage.apply(tenant("a.example"));
      await stage.turn(stage.ports({ timeScale }));
      return ((await stage.record("a.example")).nextActionAt ?? 0) - stage.clock.now();
    };
    expect(await waitOf(1)).toBe(MINUTE);
    expect(await waitOf(10)).toBe(6 * SECOND);
    expect(await waitOf((90 * DAY) / (5 * MINUTE))).toBe(SECOND);
  });
});
