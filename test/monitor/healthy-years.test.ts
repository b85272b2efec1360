import { healthyYear, LIFETIMES, tell } from "../../testing/histories";

/** The renewals of a year: the first certificate of each of two tenants, then one each time 2/3 (1/2) of it is over. */
const least = (days: number) => 2 * Math.floor(365 / (days * (days < 10 ? 1 / 2 : 2 / 3)));

describe("in a year in which nothing goes wrong, no alarm ever rings", () => {
  test.each(LIFETIMES.map((days) => [healthyYear(days), days] as const))(
    "$name",
    async (_history, days) => {
      const { rings, issued, daysLeft } = await tell(healthyYear(days));
      expect(rings).toEqual([]);
      expect(issued).toBeGreaterThanOrEqual(least(days));
      expect(daysLeft).toBeGreaterThan(days / 4);
    },
    240_000,
  );
});
