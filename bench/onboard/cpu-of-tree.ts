import { readdirSync, readFileSync } from "node:fs";

/** /proc counts in hundredths of a second on every Linux that Node.js runs on. */
const TICKS = 100;

interface Process {
  readonly parent: number;
  /** Of itself, and of those of its children that have ended. */
  readonly seconds: number;
}

/** CPU that a process, and all that came from it, have used so far, seconds. */
export function cpuSecondsOfTree(root: number): number {
  const processes = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    const process = /^\d+$/.test(name) ? read(Number(name)) : undefined;
    if (process) processes.set(Number(name), process);
  }
  const inTree = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return pid === root || (parent !== undefined && inTree(parent));
  };
  return [...processes].reduce((sum, [pid, { seconds }]) => sum + (inTree(pid) ? seconds : 0), 0);
}

/** @returns undefined for one that has just ended */
function read(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the name, which may hold anything: state, parent, …; from the twelfth on user, system, and both of ended children.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return { parent: fields[1] ?? 0, seconds: ticks / TICKS };
  } catch {
    return undefined;
  }
}
