import * as fs from "node:fs";

/** Programs that tests start. */
const OURS = /haproxy|pebble|dynalite|agent\.js|lambda-host|chromium/;
/** ms that ended programs may take to go. */
const PATIENCE = 10_000;

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** ms since the machine started. */
  readonly started: number;
  readonly command: string;
}

/** Runs once after the suite: fails it when a program that it started is still there, for then so are its ports. Removes their files. */
export default async function globalTeardown(): Promise<void> {
  const folder = process.env.CERTFRONT_TEST_FOLDER;
  try {
    await nothingLeftBehind();
  } finally {
    if (folder) fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function nothingLeftBehind(): Promise<void> {
  if (!fs.existsSync("/proc/self/stat")) return; // not Linux: nothing to look through
  const deadline = Date.now() + PATIENCE;
  let left = leftBehind();
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = leftBehind();
  }
  if (left.length === 0) return;
  const lines = left.map(({ pid, command }) => `  ${pid} ${command}`).join("\n");
  throw new Error(`The tests left ${left.length} processes behind:\n${lines}`);
}

/** Our own descendants, and orphans younger than this run, where they are not another run's beside it. */
function leftBehind(): Process[] {
  const all = processes();
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const own = byPid.get(process.pid);
  const isDescendant = ({ parent }: Process): boolean => {
    if (parent === process.pid) return true;
    const next = byPid.get(parent);
    return next !== undefined && isDescendant(next);
  };
  const isYoungOrphan = ({ parent, started }: Process) => parent === 1 && own !== undefined && started > own.started;
  return all.filter(
    (one) => OURS.test(one.command) && (isDescendant(one) || (isYoungOrphan(one) && !isOfAnotherRun(one))),
  );
}

function isOfAnotherRun({ pid }: Process): boolean {
  const theirs = /(?:^|\0)CERTFRONT_TEST_FOLDER=([^\0]*)/.exec(readIfThere(`/proc/${pid}/environ`))?.[1];
  return theirs !== undefined && theirs !== process.env.CERTFRONT_TEST_FOLDER;
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return ""; // gone meanwhile, or somebody else's
  }
}

function processes(): Process[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // proc(5): after the name in brackets come state, parent, …; start time, in hundredths of a second, is the 22nd field.
        const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent: Number(fields[1]), started: Number(fields[19]) * 10, command }];
      } catch {
        return []; // gone meanwhile
      }
    });
}
