import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import * as path from "node:path";

/** One change of one file: what is between two offsets becomes another text. */
export interface Change {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Of a copy: what its tests leave behind when they are ended goes with it. */
const TEMPORARY = "t";
/** A change that makes tests hang was noticed. */
const LONGEST_MS = 5 * 60_000;
/** Twice as many as cores: tests of what is broken mostly wait. */
const COPIES = 2 * availableParallelism();

/** What Jest is asked of one change, in this order: it is noticed where one of these fails. */
export type Questions = readonly (readonly string[])[];

/**
 * Which of these changes tests notice: each is made in a copy of the repository, and Jest runs there until a test fails.
 * @param files the repository's, as paths below `root`
 * @param unchanged what must pass in the copy as it is
 * @throws Error where it does not
 */
export async function noticedInCopies<C extends Change>(
  root: string,
  files: readonly string[],
  changes: readonly C[],
  unchanged: Questions,
  questionsOf: (change: C) => Questions,
): Promise<C[]> {
  const copies = Array.from({ length: COPIES }, () => copyOf(root, files));
  const noticed: C[] = [];
  try {
    if (!(await passAll(copies[0] ?? root, unchanged))) throw new Error("These tests fail without any change.");
    const left = [...changes];
    const worker = async (copy: string): Promise<void> => {
      for (let change = left.shift(); change !== undefined; change = left.shift()) {
        const file = path.join(copy, change.file);
        const text = readFileSync(file, "utf8");
        writeFileSync(file, text.slice(0, change.from) + change.text + text.slice(change.to));
        if (!(await passAll(copy, questionsOf(change)))) noticed.push(change);
        writeFileSync(file, text);
        console.log(`${noticed.length} noticed, ${left.length} to go`);
      }
    };
    await Promise.all(copies.map(worker));
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
  return noticed;
}

/** Packages and what was built before are the repository's own. Short names: sockets have 108 characters. */
function copyOf(root: string, files: readonly string[]): string {
  const copy = mkdtempSync(path.join(tmpdir(), "m-"));
  mkdirSync(path.join(copy, TEMPORARY));
  for (const file of files) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(copy, file));
  }
  mkdirSync(path.join(root, ".cache"), { recursive: true });
  for (const folder of ["node_modules", ".cache"]) symlinkSync(path.join(root, folder), path.join(copy, folder));
  return copy;
}

async function passAll(copy: string, questions: Questions): Promise<boolean> {
  for (const question of questions) if (!(await passes(copy, question))) return false;
  return true;
}

async function passes(copy: string, question: readonly string[]): Promise<boolean> {
  const options = ["--runInBand", "--silent", "--env", "./tools/first-failure.js"];
  const jest = spawn(process.execPath, ["node_modules/jest/bin/jest.js", ...options, ...question], {
    cwd: copy,
    stdio: "ignore",
    detached: true,
    env: { ...process.env, TMPDIR: path.join(copy, TEMPORARY) },
  });
  // With what it started, and did not end itself where it failed.
  const end = () => {
    try {
      if (jest.pid !== undefined) process.kill(-jest.pid, "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
  };
  const ended = setTimeout(end, LONGEST_MS);
  const [code] = (await once(jest, "close")) as [number | null];
  clearTimeout(ended);
  end();
  return code === 0;
}
