import * as path from "node:path";
import { trixieRoot } from "../testing/debian/trixie-root";
import { type HarnessOptions, startFronts } from "../testing/front-harness";
import { type HandshakeCost, handshakeCost } from "./front/handshake-cost";
import { fill, type LatencyResult, latency } from "./front/latency";
import { memory, memoryTable } from "./front/memory";
import { type StartUp, startUp } from "./front/start-up";

/**
 * What a front costs: how soon a change is served by every front, CPU per full handshake beside nginx, start-up by number of
 * certificates. Two fronts, the real agent, a local table, all on this machine; on Debian 13's HAProxy where a root can be had.
 *
 *     npm run bench:front [-- --json] [-- --quick]
 *     npm run bench:front -- --memory 100000      what a front's instance needs to hold so many
 */
interface FrontBench {
  readonly haproxy: string;
  /** Seconds between two looks at the table. */
  readonly syncSeconds: number;
  /** Seconds from the start of two empty fronts until both served all of the table. */
  readonly fullLoadSeconds: number;
  readonly changes: readonly LatencyResult[];
  readonly handshakes: readonly HandshakeCost[] | string;
  /** HAProxy's CPU beside nginx's with one static certificate; at most 0.85 is aimed at. */
  readonly cpuRatio?: number;
  /** HAProxy's CPU beside its own with the rules of before, as both are to nginx's; at most 1.05 is aimed at. */
  readonly beforeRatio?: number;
  /** HAProxy's CPU beside nginx's with a file for each name. */
  readonly cpuRatioByName?: number;
  readonly startUps: readonly StartUp[];
}

const SYNC_SECONDS = 2;

async function measure(quick: boolean): Promise<FrontBench> {
  const loaded = quick ? 1_000 : 10_000;
  const samples = quick ? 20 : 100;
  const sizes = quick ? [1_000] : [1_000, 10_000, 50_000];
  const { debian, view, options } = surroundings();
  try {
    const running = await withFronts(options, async (fronts) => {
      progress(`loading ${loaded} certificates into two fronts`);
      const fullLoadSeconds = await fill(fronts, loaded);
      const changes: LatencyResult[] = [];
      for (const change of ["onboard", "rotate"] as const) {
        progress(`${change} one of ${loaded}, ${samples} times`);
        changes.push(await latency(fronts, change, loaded, samples));
      }
      for (const front of fronts.fronts) await front.kill("agent");
      await fronts.fronts[1]?.kill("haproxy");
      progress("full handshakes, HAProxy and nginx in turn");
      const handshakes = view
        ? await handshakeCost(view, fronts, "loaded-1.example", loaded, quick ? 7 : 31)
        : "unavailable" in debian
          ? debian.unavailable
          : "";
      return { fullLoadSeconds, changes, handshakes };
    });
    const startUps: StartUp[] = [];
    for (const size of sizes) {
      progress(`start-up with ${size} certificates`);
      startUps.push(await withFronts({ ...options, fronts: 1 }, (fronts) => startUp(fronts, size)));
    }
    const [haproxy, before, nginx, byName] = typeof running.handshakes === "string" ? [] : running.handshakes;
    return {
      haproxy: haproxy?.version ?? "this machine's",
      syncSeconds: SYNC_SECONDS,
      ...running,
      ...(haproxy && nginx && { cpuRatio: haproxy.cpuMs / nginx.cpuMs }),
      ...(haproxy && before && { beforeRatio: haproxy.cpuMs / before.cpuMs }),
      ...(haproxy && byName && { cpuRatioByName: haproxy.cpuMs / byName.cpuMs }),
      startUps,
    };
  } finally {
    view?.close();
  }
}

/** Debian 13, where it can be had. */
function surroundings() {
  const debian = trixieRoot(path.join(__dirname, ".."), "tools");
  const view = "unavailable" in debian ? undefined : debian.fresh();
  // One core for HAProxy: its threads follow from the cores that it may use.
  const inside: HarnessOptions["inside"] = view
    ? (argv, directory, env) =>
        view.argv(argv[0] === "haproxy" ? ["taskset", "-c", "0", ...argv] : argv, {
          binds: [directory, path.join(__dirname, "..", "dist")],
          env,
        })
    : undefined;
  return { debian, view, options: { ...(inside ? { inside } : {}), settings: { syncSeconds: SYNC_SECONDS } } };
}

async function measureMemory(certificates: number): Promise<string> {
  const { view, options } = surroundings();
  try {
    return await withFronts({ ...options, fronts: 1 }, async (fronts) =>
      memoryTable(await memory(fronts, certificates)),
    );
  } finally {
    view?.close();
  }
}

async function withFronts<T>(
  options: HarnessOptions,
  work: (fronts: Awaited<ReturnType<typeof startFronts>>) => Promise<T>,
): Promise<T> {
  const fronts = await startFronts(options);
  try {
    return await work(fronts);
  } finally {
    await fronts.stop();
  }
}

function progress(step: string): void {
  process.stderr.write(`${step} …\n`);
}

function table(result: FrontBench): string {
  const ms = (value: number) => `${value.toFixed(value < 10 ? 3 : 0)} ms`;
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  return [
    `HAProxy ${result.haproxy}, two fronts, a look at the table every ${result.syncSeconds} s`,
    "",
    `full load of ${result.changes[0]?.loaded} certificates: ${seconds(result.fullLoadSeconds)}`,
    ...result.changes.map(
      ({ change, loaded, samples, p50, p99 }) =>
        `${change} one with ${loaded} loaded, stored → served by both: p50 ${ms(p50)}, p99 ${ms(p99)} (${samples} times)`,
    ),
    "",
    "CPU per full TLS 1.3 handshake and one request, one thread:",
    ...(typeof result.handshakes === "string"
      ? [`  not measured: ${result.handshakes}`]
      : result.handshakes.map(
          ({ server, version, certificates, cpuMs }) =>
            `  ${`${server} (${version}), ${certificates} loaded`.padEnd(54)}${ms(cpuMs)}`,
        )),
    ...(result.cpuRatio === undefined
      ? []
      : [`  HAProxy to nginx static: ${result.cpuRatio.toFixed(2)} (0.85 is aimed at)`]),
    ...(result.beforeRatio === undefined
      ? []
      : [`  HAProxy to its rules of before: ${result.beforeRatio.toFixed(2)} (1.05 at most is aimed at)`]),
    ...(result.cpuRatioByName === undefined ? [] : [`  HAProxy to nginx by name: ${result.cpuRatioByName.toFixed(2)}`]),
    "",
    "start-up   certificates   configure   HAProxy     memory",
    ...result.startUps.map(
      (one) =>
        `${" ".repeat(11)}${String(one.certificates).padStart(12)}${seconds(one.configureSeconds).padStart(12)}${seconds(one.haproxySeconds).padStart(10)}${`${one.haproxyMegabytes.toFixed(0)} MB`.padStart(11)}`,
    ),
  ].join("\n");
}

async function main(argv: readonly string[]): Promise<void> {
  const certificates = argv.includes("--memory") ? Number(argv[argv.indexOf("--memory") + 1]) : undefined;
  if (certificates !== undefined) {
    process.stdout.write(`${await measureMemory(certificates)}\n`);
    return;
  }
  const result = await measure(argv.includes("--quick"));
  process.stdout.write(`${argv.includes("--json") ? JSON.stringify(result, null, 2) : table(result)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
