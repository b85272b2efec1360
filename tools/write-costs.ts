import * as fs from "node:fs";
import * as path from "node:path";
import { between } from "./between";
import { costTables } from "./costs";

/** Writes the computed tables into docs/costs.md, between its two markers. */
const FILE = path.join(__dirname, "..", "docs", "costs.md");
const [BEGIN, END] = ["<!-- computed: npm run costs -->", "<!-- end of computed -->"] as const;

fs.writeFileSync(FILE, between(fs.readFileSync(FILE, "utf8"), BEGIN, END, costTables()));
