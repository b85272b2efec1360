import { DAY, HOUR } from "../../core/base/clock";
import { behave, QUARTER } from "../../testing/misbehaving-ca";
import { SimulatedStack } from "../../testing/simulated-stack";

const WEEK = 7 * DAY;
const NAMES = Array.from({ length: 6 }, (_, n) => `tenant-${n}.example`);

/** The part of its life that the served certificate with the least of it has left. */
function leastLeft(stack: SimulatedStack): number {
  const parts = stack.fronts.flatMap((front) =>
    NAMES.map((name) => {
      const leaf = front.chainFor(name)?.[0];
      if (!leaf) return 0;
      const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
      return (to - stack.clock.now()) / (to - from);
    }),
  );
  return Math.min(...parts);
}

describe("a quarter in which the first of two CAs misbehaves in another way each week", () => {
  // With 160 hours every tenant is renewed in each of the weeks, twice; certificates of 90 days hardly in the whole quarter.
  it.each([
    ["160 hours", 160 * HOUR],
    ["45 days", 45 * DAY],
  ])(
    "no certificate of %s gets below a twentieth of its life, and nobody is paged",
    async (_name, lifetime) => {
      expect(QUARTER).toHaveLength(13);
      const stack = new SimulatedStack(lifetime);
      stack.addCa("second-ca");
      for (const name of NAMES) {
        await stack.addTenants(name);
        await stack.run(lifetime / 3 / NAMES.length);
      }
      const least: Record<string, number> = {};
      for (const { what, begin } of QUARTER) {
        behave(stack.ca);
        begin(stack.ca, NAMES);
        const end = stack.clock.now() + WEEK;
        while (stack.clock.now() < end) {
          await stack.run(HOUR);
          least[what] = Math.min(least[what] ?? 1, leastLeft(stack));
        }
      }
      expect(Object.entries(least).filter(([, part]) => part < 1 / 20)).toEqual([]);
      expect(stack.rings.filter(({ alarm }) => alarm === "page")).toEqual([]);
      expect(stack.issued() + (stack.stage.cas[1]?.orders.length ?? 0)).toBeGreaterThan(NAMES.length);
    },
    240_000,
  );
});
