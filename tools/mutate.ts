import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { roomOf } from "../testing/architecture";

/** What Stryker reports of one mutant, as far as it is used here. */
interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

const ROOT = path.join(__dirname, "..");
const REPORT = path.join(ROOT, "dist", "mutation.json");
/** Statuses that count for and against the tests; the others are no mutants in the end. */
const DETECTED = new Set(["Killed", "Timeout"]);
const MISSED = new Set(["Survived", "NoCoverage"]);

/**
 * `npm run mutate -- core/ca front/agent/sync.ts`: changes each line of these in all ways that Stryker knows, runs the tests without
 * real parts, and says what nobody noticed.
 */
function main(places: readonly string[]): number {
  if (places.length === 0) {
    console.log("npm run mutate -- FOLDER|FILE …\nSays which single changes of these files no test notices.");
    return 2;
  }
  const patterns = places.map((place) => (statSync(path.join(ROOT, place)).isDirectory() ? `${place}/**/*.ts` : place));
  const run = spawnSync("npx", ["stryker", "run", "tools/stryker.json", "--mutate", patterns.join(",")], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (run.status !== 0) return run.status ?? 1;
  const report = JSON.parse(readFileSync(REPORT, "utf8")) as { files: Record<string, { mutants: Mutant[] }> };
  print(report.files);
  return 0;
}

function print(files: Record<string, { readonly mutants: readonly Mutant[] }>): void {
  const rooms = new Map<string, { found: number; missed: number }>();
  console.log("\nSurvived:");
  for (const [file, { mutants }] of Object.entries(files)) {
    const room = rooms.get(roomOf(file)) ?? { found: 0, missed: 0 };
    for (const mutant of mutants) {
      if (DETECTED.has(mutant.status)) room.found += 1;
      if (!MISSED.has(mutant.status)) continue;
      room.missed += 1;
      const change = (mutant.replacement ?? "").replace(/\s+/g, " ").slice(0, 80);
      console.log(`  ${file}:${mutant.location.start.line} ${mutant.mutatorName} → ${change}`);
    }
    rooms.set(roomOf(file), room);
  }
  console.log("\n| folder | mutants | noticed |\n|---|---:|---:|");
  for (const [room, { found, missed }] of rooms) {
    console.log(`| \`${room}\` | ${found + missed} | ${((100 * found) / Math.max(found + missed, 1)).toFixed(1)} % |`);
  }
}

process.exitCode = main(process.argv.slice(2));
