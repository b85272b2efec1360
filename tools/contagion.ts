import * as fs from "node:fs";
import * as path from "node:path";
import { type Cells, cellsOf, matrixOf } from "../testing/contagion";
import { FAULTS, type Fault } from "../testing/contagion-faults";
import { between } from "./between";

const START = "<!-- matrix: npm run contagion -->";
const END = "<!-- end of matrix -->";

/** `page` with the matrix in the old one's place. @throws Error when the page has none */
export function withMatrix(page: string, matrix: string): string {
  return between(page, START, END, matrix);
}

/** Makes every fault of the contagion matrix, and writes what was seen into docs/contagion.md: `npm run contagion`. */
async function main(): Promise<void> {
  const rows = new Map<Fault, Cells>();
  for (const fault of FAULTS) rows.set(fault, await cellsOf(fault));
  const matrix = matrixOf(rows);
  const file = path.join(__dirname, "..", "docs", "contagion.md");
  fs.writeFileSync(file, withMatrix(fs.readFileSync(file, "utf8"), matrix));
  process.stdout.write(`${matrix}\n`);
}

if (require.main === module) void main();
