import * as fs from "node:fs";
import * as path from "node:path";
import { costTables } from "./costs";

/** Writes the computed tables into docs/costs.md, between its two markers. */
const FILE = path.join(__dirname, "..", "docs", "costs.md");
const [BEGIN, END] = ["<!-- computed: npm run costs -->", "<!-- end of computed -->"];

const page = fs.readFileSync(FILE, "utf8");
const [before] = page.split(BEGIN);
const [, after] = page.split(END);
if (before === undefined || after === undefined) throw new Error(`${FILE} has lost its markers`);
fs.writeFileSync(FILE, `${before}${BEGIN}\n\n${costTables()}\n\n${END}${after}`);
