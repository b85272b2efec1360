import { readFileSync } from "node:fs";
import * as path from "node:path";
import { type Cells, COLUMNS, cellsOf, matrixOf } from "../../testing/contagion";
import { FAULTS, type Fault } from "../../testing/contagion-faults";
import { withMatrix } from "../../tools/contagion";

describe("the trouble of one name, tenant, CA, front or item of the table stays there", () => {
  const rows = new Map<Fault, Cells>();

  it("has faults of each kind, each once", () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(FAULTS.map(({ of, what }) => `${of} ${what}`)).size).toBe(FAULTS.length);
    expect([...new Set(FAULTS.map(({ of }) => of))]).toEqual(["name", "tenant", "CA", "front", "table"]);
  });

  it.each(FAULTS.map((fault) => [`${fault.of} ${fault.what}`, fault] as const))("where a %s", async (_what, fault) => {
    const cells = await cellsOf(fault);
    rows.set(fault, cells);
    expect(COLUMNS.filter((column) => cells[column].startsWith("AFFECTED")).map((column) => cells[column])).toEqual([]);
  });

  it("stands in docs/contagion.md as it was seen: npm run contagion", () => {
    const page = readFileSync(path.join(__dirname, "..", "..", "docs", "contagion.md"), "utf8");
    expect(page).toBe(withMatrix(page, matrixOf(rows)));
  });
});
