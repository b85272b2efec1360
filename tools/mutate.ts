import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { roomOf } from "../testing/architecture";
import { type Change, noticedInCopies } from "./noticed";
import { otherNumbersOf, type Place } from "./numbers";

const HELP = `npm run mutate -- [--near] [--every N] [--real TEST …] [--numbers] FOLDER|FILE …
Says which single changes of these files no test notices. --near: no test of the same folder, minutes instead of hours.
--every: one of N changes only, drawn by lot, the same ones each time.
--real: what is left is shown to this test with real parts, too, one change after the other.
--numbers: in place of all this, each number that has a name becomes ten times as large, and a tenth.`;

/** What Stryker reports of one mutant, as far as it is used here. */
interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

type Found = Map<string, Mutant[]>;

const ROOT = path.join(__dirname, "..");
const REPORT = path.join(ROOT, "dist", "mutation.json");
/** Statuses that count for and against the tests; the others are no mutants in the end. */
const DETECTED = new Set(["Killed", "Timeout"]);
const MISSED = new Set(["Survived", "NoCoverage"]);

/**
 * Changes each line of these in all ways that Stryker knows, and says what nobody noticed. First their own tests are asked, which tells
 * most in a short time; what survives them is shown to all tests without real parts.
 */
async function main(): Promise<number> {
  const { values, positionals: places } = parseArgs({
    options: {
      near: { type: "boolean" },
      every: { type: "string", default: "1" },
      real: { type: "string", multiple: true },
      numbers: { type: "boolean" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (values.help || places.length === 0) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  // Of every 0th or every "x"th none would be drawn, and nothing missed.
  if (!/^[1-9]\d{0,3}$/.test(values.every))
    throw new Error(`--every takes a whole number above 0, not "${values.every}".`);
  if (values.numbers) {
    if (values.every !== "1" || values.real) throw new Error("--numbers takes neither --every nor --real.");
    print(await otherNumbers(places, values.near === true));
    return 0;
  }
  process.env.CERTFRONT_MUTATE_EVERY = values.every;
  const patterns = places.map((place) => (statSync(path.join(ROOT, place)).isDirectory() ? `${place}/**/*.ts` : place));
  const own = ownTests(places);
  // Where there are none, only stories tell what these files do.
  let found = mutate(patterns, own.length > 0 ? own : undefined);
  const left = [...found].flatMap(([file, mutants]) => mutants.filter(isMissed).map((one) => rangeOf(file, one)));
  if (!values.near && own.length > 0 && left.length > 0) found = withNoticed(found, mutate(left, undefined));
  if (values.real !== undefined) found = withNoticed(found, await shownTo(values.real, found));
  print(found);
  return 0;
}

/**
 * @param tests undefined: all without real parts
 * @throws Error where Stryker says of itself that it failed
 */
function mutate(patterns: readonly string[], tests: readonly string[] | undefined): Found {
  const { status } = spawnSync("npx", ["stryker", "run", "tools/stryker.json", "--mutate", patterns.join(",")], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...(tests && { CERTFRONT_MUTATE_TESTS: JSON.stringify(tests) }) },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status}.`);
  const report = JSON.parse(readFileSync(REPORT, "utf8")) as { files: Record<string, { mutants: Mutant[] }> };
  return new Map(Object.entries(report.files).map(([file, { mutants }]) => [file, mutants]));
}

/** Tests in the folder's mirror below `test`; where it has none, those that import one of its files for more than types. */
function ownTests(places: readonly string[], all = fastTests()): string[] {
  const own = places.flatMap((place) => {
    const folder = place.endsWith(".ts") ? path.dirname(place) : place;
    const mirrored = all.filter((test) => test === `test/${folder}.test.ts` || test.startsWith(`test/${folder}/`));
    return mirrored.length > 0 ? mirrored : all.filter((test) => importsFrom(test, folder));
  });
  return [...new Set(own)];
}

function fastTests(): string[] {
  const listed = spawnSync("npx", ["jest", "-c", "jest.mutate.js", "--listTests"], { cwd: ROOT, encoding: "utf8" });
  const tests = listed.stdout.split("\n").filter(Boolean);
  return tests.map((test) => path.relative(ROOT, test));
}

function importsFrom(test: string, folder: string): boolean {
  const imports = readFileSync(path.join(ROOT, test), "utf8").matchAll(/^import (?!type )[^;]*? from "(\.[^"]+)";/gm);
  return [...imports].some(([, module = ""]) =>
    path.relative(ROOT, path.resolve(ROOT, path.dirname(test), module)).startsWith(`${folder}/`),
  );
}

/**
 * What of these survived so far and is noticed by tests with real parts. Stryker does not show them, for what it calls from a test's
 * preparation counts as evaluated once, and is not changed.
 */
async function shownTo(tests: readonly string[], found: Found): Promise<Found> {
  const missed = [...found].flatMap(([file, mutants]) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    return mutants.filter(isMissed).map((mutant) => ({ ...changeOf(file, text, mutant), mutant }));
  });
  // What is on Debian 13's HAProxy says the same again.
  const question = ["--testNamePattern", "^(?!.*Debian 13's HAProxy)", ...tests];
  const noticed = await noticedInCopies(ROOT, trackedFiles(), missed, [question], () => [question]);
  return new Map(
    [...found.keys()].map((file) => [
      file,
      noticed.filter((one) => one.file === file).map(({ mutant }) => ({ ...mutant, status: "Killed" })),
    ]),
  );
}

/** Stryker changes no number, nor what is evaluated once, when a file is loaded. */
async function otherNumbers(places: readonly string[], near: boolean): Promise<Found> {
  const changes = trackedFiles(places).flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    return file.endsWith(".ts") ? otherNumbersOf(file, text) : [];
  });
  const config = ["-c", "jest.mutate.js"];
  const all = fastTests();
  const own = (of: readonly string[]) => [...config, ...ownTests(of, all)];
  const related = (file: string) => [...config, "--findRelatedTests", file];
  const unchanged = near ? own(places) : config;
  const noticed = await noticedInCopies(ROOT, trackedFiles(), changes, [unchanged], ({ file }) =>
    near ? [own([file])] : [own([file]), related(file)],
  );
  const found: Found = new Map();
  for (const change of changes) {
    const { file, text: replacement, location } = change;
    const status = noticed.includes(change) ? "Killed" : "Survived";
    found.set(file, [...(found.get(file) ?? []), { status, mutatorName: "Number", replacement, location }]);
  }
  return found;
}

function trackedFiles(places: readonly string[] = []): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "-z", ...places], { cwd: ROOT, encoding: "utf8" });
  return stdout.split("\0").filter(Boolean);
}

function changeOf(file: string, text: string, { location, replacement = "" }: Mutant): Change {
  const lines = text.split("\n");
  const offset = ({ line, column }: Place): number =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  return { file, from: offset(location.start), to: offset(location.end), text: replacement };
}

function withNoticed(found: Found, again: Found): Found {
  const noticed = new Set([...again].flatMap(([file, mutants]) => mutants.filter(isDetected).map(nameOf(file))));
  const of = (file: string, one: Mutant): Mutant =>
    noticed.has(nameOf(file)(one)) ? { ...one, status: "Killed" } : one;
  return new Map([...found].map(([file, mutants]) => [file, mutants.map((one) => of(file, one))]));
}

const isMissed = ({ status }: Mutant): boolean => MISSED.has(status);
const isDetected = ({ status }: Mutant): boolean => DETECTED.has(status);
const nameOf =
  (file: string) =>
  ({ location, replacement }: Mutant): string =>
    JSON.stringify([file, location, replacement]);

/** As Stryker's `--mutate` takes it: lines from 1, columns from 0. */
function rangeOf(file: string, { location: { start, end } }: Mutant): string {
  return `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column}`;
}

function print(files: Found): void {
  const rooms = new Map<string, { found: number; missed: number }>();
  console.log("\nSurvived:");
  for (const [file, mutants] of files) {
    const room = rooms.get(roomOf(file)) ?? { found: 0, missed: 0 };
    for (const mutant of mutants) {
      if (isDetected(mutant)) room.found += 1;
      if (!isMissed(mutant)) continue;
      room.missed += 1;
      const change = (mutant.replacement ?? "").replace(/\s+/g, " ").slice(0, 80);
      const { line, column } = mutant.location.start;
      console.log(`  ${file}:${line}:${column} ${mutant.mutatorName} → ${change}`);
    }
    rooms.set(roomOf(file), room);
  }
  console.log("\n| folder | mutants | noticed |\n|---|---:|---:|");
  for (const [room, { found, missed }] of rooms) {
    console.log(`| \`${room}\` | ${found + missed} | ${((100 * found) / Math.max(found + missed, 1)).toFixed(1)} % |`);
  }
}

void main().then((code) => {
  process.exitCode = code;
});
