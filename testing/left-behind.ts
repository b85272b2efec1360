import * as fs from "node:fs";

/** Programs that tests start. */
const OURS = /haproxy|pebble|dynalite|agent\.js|lambda-host|chromium/;

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** What tells whose it is: its command, where it runs, its environment. */
  readonly traces: string;
}

/**
 * Programs of this run that are still there: descendants of `pid`, and orphans that name the run's folder or run in it. Whatever else a
 * machine runs at the same time is nobody's fault.
 */
export function leftBehind(all: readonly Process[], pid: number, folder: string): Process[] {
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const isDescendant = ({ parent }: Process): boolean => {
    if (parent === pid) return true;
    const next = byPid.get(parent);
    return next !== undefined && isDescendant(next);
  };
  const isOrphan = ({ parent, traces }: Process) => parent === 1 && traces.includes(folder);
  return all.filter((one) => OURS.test(one.command) && (isDescendant(one) || isOrphan(one)));
}

/** All of this machine's; none where it is not Linux. */
export function processes(): Process[] {
  if (!fs.existsSync("/proc/self/stat")) return [];
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // proc(5): after the name in brackets come state, parent, …
        const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent: Number(fields[1]), command, traces: tracesOf(name, command) }];
      } catch {
        return []; // gone meanwhile
      }
    });
}

function tracesOf(pid: string, command: string): string {
  try {
    return [command, fs.readlinkSync(`/proc/${pid}/cwd`), fs.readFileSync(`/proc/${pid}/environ`, "utf8")].join("\n");
  } catch {
    return command; // somebody else's
  }
}
