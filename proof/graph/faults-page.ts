import * as fs from "node:fs";
import * as path from "node:path";
import { between } from "../../tools/between";
import { ROOT } from "../tools/cached";
import type { Faults } from "./as-python";

const PAGE = path.join(ROOT, "docs", "planted-faults.md");
const [BEGIN, END] = ["<!-- faults: npm run faults -->", "<!-- end of faults -->"] as const;
/** The checker's words are for a reader to recognise, not to compare. */
const WORDS = 110;

/** The page's rows: each planted fault, and the step that found it. */
export function listedFaults(): { fault: string; step: string }[] {
  const rows = fs.readFileSync(PAGE, "utf8").matchAll(/^\| (?!planted|---)([^|]+) \| (\w+) \| /gm);
  return [...rows].map(([, fault = "", step = ""]) => ({ fault, step }));
}

/** The faults that `proof/graph/faults.py` can plant, by name. */
export function knownFaults(): string[] {
  const source = fs.readFileSync(path.join(ROOT, "proof", "graph", "faults.py"), "utf8");
  const [, table = ""] = /^FAULTS = \{\n([\s\S]*?)^\}/m.exec(source) ?? [];
  return [...table.matchAll(/^ {4}"([^"]+)":/gm)].map(([, name = ""]) => name);
}

/** The page with what was found in the old table's place. */
export function writeFaults(faults: Faults): void {
  fs.writeFileSync(PAGE, between(fs.readFileSync(PAGE, "utf8"), BEGIN, END, tableOf(faults)));
}

function tableOf({ planted }: Faults): string {
  const code = (text: string) => `\`${text.slice(0, WORDS).replaceAll("`", "'").replaceAll("|", "\\|").trim()}\``;
  const rows = planted.map(({ fault, step, found }) => `| ${fault} | ${step} | ${code(found)} |`);
  const steps = [...new Set(planted.map(({ step }) => step))];
  const counts = steps.map((step) => `${planted.filter((one) => one.step === step).length} by ${step}`);
  return `${[`${planted.length} faults: ${counts.join(", ")}.`, "", "| planted | found by | in its words |", "| --- | --- | --- |", ...rows].join("\n")}\n`;
}
