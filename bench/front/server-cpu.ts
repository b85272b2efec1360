import { readFileSync } from "node:fs";

/** Linux's USER_HZ: the unit of utime and stime in /proc, 100 on every architecture that certfront runs on. */
const TICKS_PER_SECOND = 100;

/** CPU that a process and its threads have used so far, seconds. */
export function cpuSeconds(pid: number): number {
  // The command's name may hold spaces: fields are counted from behind it (proc(5): utime is 14, stime is 15).
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory that a process holds, bytes. */
export function residentBytes(pid: number): number {
  return 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN);
}

/** Children of a process, direct ones. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
