import type { HeldTenant } from "../../front/agent/held-tenant";
import { SelfCheck } from "../../front/agent/self-check";
import { certificateSummary, tenant } from "../../testing/records";

const MINUTES_A_DAY = 1_440;

function held(domain: string): HeldTenant {
  const summary = certificateSummary(domain);
  const certificate = { summary, file: `${domain}.pem`, options: "", names: [domain], sha1: "", hash: "" };
  return { domain, revision: 1, tenant: tenant(domain), certificate };
}

/** A front's tenants, with a handshake that only notes whom it was made with. */
function tenants(count: number, wrong: ReadonlySet<string> = new Set()) {
  const all = new Map(Array.from({ length: count }, (_, at) => [`t${at}.example`, held(`t${at}.example`)]));
  const asked = new Set<string>();
  const set = {
    all: () => all.values(),
    get: (domain: string) => all.get(domain),
    prove: async ({ domain }: HeldTenant) => {
      asked.add(domain);
      if (wrong.has(domain)) throw new Error("another certificate is served");
    },
  };
  return { set, asked };
}

describe("a front's look at what it serves itself", () => {
  it.each([60, 10_000])("comes round to each of %i tenants within a day of minutes", async (count) => {
    const { set, asked } = tenants(count);
    const check = new SelfCheck(set);
    for (let minute = 0; minute < MINUTES_A_DAY; minute++) await check.run();
    expect(asked.size).toBe(count);
  });

  it("looks at some fifty at once where there are few, so that the work stays small", async () => {
    const { set, asked } = tenants(10_000);
    await new SelfCheck(set).run();
    expect(asked.size).toBe(50);
  });

  it("looks at more at once where fifty a minute would not come round in a day", async () => {
    const { set, asked } = tenants(100_000);
    await new SelfCheck(set).run();
    expect(asked.size * MINUTES_A_DAY).toBeGreaterThanOrEqual(100_000);
  });

  it("names the tenant that is served with another certificate", async () => {
    const { set } = tenants(3, new Set(["t1.example"]));
    const check = new SelfCheck(set);
    expect(await check.run()).toEqual(["t1.example"]);
    expect(check.latest).toEqual({
      checked: 3,
      mismatches: [{ domain: "t1.example", problem: "another certificate is served" }],
    });
  });

  it("leaves out whom it serves no certificate", async () => {
    const { set, asked } = tenants(3);
    const { certificate: _, ...waiting } = held("waiting.example");
    const check = new SelfCheck({ ...set, all: () => [waiting, ...set.all()].values() });
    await check.run();
    expect([asked.has("waiting.example"), check.latest]).toEqual([false, { checked: 3, mismatches: [] }]);
  });

  it("names nobody whose certificate was replaced while the handshake was under way", async () => {
    const { set } = tenants(1, new Set(["t0.example"]));
    const check = new SelfCheck({ ...set, get: held });
    expect(await check.run()).toEqual([]);
  });

  it("begins with the first ones again after the last", async () => {
    const { set, asked } = tenants(60);
    const check = new SelfCheck(set);
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      asked.clear();
      await check.run();
      seen.push(asked.size);
    }
    expect([seen, asked.has("t0.example")]).toEqual([[50, 10, 50], true]);
  });
});
