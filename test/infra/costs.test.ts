import * as fs from "node:fs";
import * as path from "node:path";
import { costLines, costTables, SCENARIOS, total } from "../../tools/costs";

describe("docs/costs.md", () => {
  test("has the tables that the prices and the program give (npm run costs writes them)", () => {
    const page = fs.readFileSync(path.join(__dirname, "../../docs/costs.md"), "utf8");
    expect(page).toContain(costTables());
  });

  test("has figures for 100, 10,000 and 100,000 tenants", () => {
    expect(SCENARIOS.map(({ tenants }) => tenants)).toEqual([100, 10_000, 100_000]);
  });

  test("shows arithmetic that gives the figure beside it, to the cent", () => {
    const rows = costTables().matchAll(/^\| [^|]+ \| ([^|]*\$[^|]*) \| (\d+\.\d\d) \|$/gm);
    let checked = 0;
    for (const [row, arithmetic = "", dollars] of rows) {
      const product = arithmetic
        .split(" × ")
        .map((factor) => Number(factor.replace(/[$,]/g, "").split(" ")[0]))
        .reduce((sum, value) => sum * value, 1);
      // The factors are shown with three digits.
      expect([row, Math.abs(product - Number(dollars)) <= 0.005 + product / 200]).toEqual([row, true]);
      checked += 1;
    }
    expect(checked).toBe(SCENARIOS.length * costLines({ tenants: 1, fronts: 2, instanceType: "c7g.medium" }).length);
  });

  test("has at most five dollars for all that keys cost: KMS' own, calls, what fronts hand on", () => {
    for (const scenario of SCENARIOS) {
      expect(total(costLines(scenario).filter(({ part }) => part.startsWith("keys:")))).toBeLessThan(5);
    }
  });

  test("keeps its claims: about a hundred dollars, little more for ten thousand tenants, and two hundred for 100,000", () => {
    const [hundred = 0, tenThousand = 0, most = 0] = SCENARIOS.map((scenario) => total(costLines(scenario)));
    expect(hundred).toBeGreaterThan(90);
    expect(hundred).toBeLessThan(120);
    expect(tenThousand - hundred).toBeLessThan(15);
    expect(most).toBeLessThanOrEqual(200);
  });
});
