import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { systemClock } from "../../core/base/clock";
import type { FrontHarness } from "../../testing/front-harness";
import { until } from "../../testing/until";
import { fill } from "./latency";
import { residentBytes } from "./server-cpu";

/** What one front holds, MB, at one moment. */
export interface Held {
  readonly when: string;
  readonly haproxy: number;
  readonly haproxyPeak: number;
  readonly agent: number;
  readonly agentPeak: number;
}

export interface Memory {
  readonly certificates: number;
  readonly loadSeconds: number;
  readonly restartSeconds: number;
  readonly diskMegabytes: number;
  readonly files: number;
  readonly held: readonly Held[];
}

const LONGEST_MS = 40 * 60_000;
/** Between two heartbeats; one later, what the start needed for a moment is done with. */
const HEARTBEAT_MS = 10_000;

/**
 * What a front needs of its instance with so many certificates: as it starts with an empty disk, everything from the table at run time,
 * and as it starts again with everything on its disk. One front with a core for HAProxy, P-256 keys.
 */
export async function memory(fronts: FrontHarness, certificates: number): Promise<Memory> {
  const [front] = fronts.fronts;
  if (front === undefined) throw new Error("no front");
  const servedSince = (start: number) => async () => {
    const [beat] = await fronts.store.heartbeats(systemClock.now(), 60_000);
    return beat?.ready === true && beat.at > start && beat.certificates === certificates;
  };
  const held = (when: string): Held => {
    const [haproxy, agent] = [front.haproxy?.pid ?? 0, front.agent?.pid ?? 0];
    return {
      when,
      haproxy: megabytes(residentBytes(haproxy)),
      haproxyPeak: megabytes(peakBytes(haproxy)),
      agent: megabytes(residentBytes(agent)),
      agentPeak: megabytes(peakBytes(agent)),
    };
  };
  const loadSeconds = await fill(fronts, certificates);
  await until("all are served", servedSince(0), LONGEST_MS);
  const loaded = held("loaded from the table");

  await front.stop();
  const began = systemClock.now();
  await fronts.up(LONGEST_MS);
  const restartSeconds = (systemClock.now() - began) / 1_000;
  await until("all are served again", servedSince(systemClock.now() + HEARTBEAT_MS), LONGEST_MS);
  const [size = "", files = ""] = execFileSync(
    "sh",
    ["-c", 'du -sm "$1" | cut -f1; find "$1" | wc -l', "sh", front.settings.directory],
    {
      encoding: "utf8",
    },
  ).split("\n");
  return {
    certificates,
    loadSeconds,
    restartSeconds,
    diskMegabytes: Number(size),
    files: Number(files),
    held: [loaded, held("started with all of it on disk")],
  };
}

export function memoryTable({ certificates, loadSeconds, restartSeconds, diskMegabytes, files, held }: Memory): string {
  const mb = (value: number) => `${value.toFixed(0)} MB`;
  return [
    `one front, ${certificates} certificates: loaded in ${loadSeconds.toFixed(0)} s, started again in ${restartSeconds.toFixed(0)} s, ${mb(diskMegabytes)} on disk in ${files} files`,
    ...held.map(
      (one) =>
        `${one.when.padEnd(32)} HAProxy ${mb(one.haproxy)} (peak ${mb(one.haproxyPeak)}), agent ${mb(one.agent)} (peak ${mb(one.agentPeak)}), together ${mb(one.haproxy + one.agent)}`,
    ),
  ].join("\n");
}

/** The most that a process has held, bytes. */
function peakBytes(pid: number): number {
  return 1_024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN);
}

const megabytes = (bytes: number): number => bytes / 1_048_576;
