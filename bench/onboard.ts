import { parseArgs } from "node:util";
import { ensurePackages } from "../local/process/debian/ensure-packages";
import { type Onboarded, onboard } from "./onboard/whole-stack";
import { type Limited, onboardWithLimits } from "./onboard/with-limits";

/**
 * `npm run bench:onboard -- --tenants 3,30,300,1000`: the whole stack, that many new tenants in one apply, ten functions at once as
 * in a new AWS account. Beside it, by simulated time, the same tenants at a CA with Let's Encrypt's limits. `--json` for machines.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { tenants: { type: "string", default: "3,30,300,1000" }, json: { type: "boolean", default: false } },
  });
  const sizes = values.tenants.split(",").map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0))
    throw new Error(`--tenants ${values.tenants}: give whole numbers above 0, with commas between them.`);
  ensurePackages({ pebble: "pebble", haproxy: "haproxy" });
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const runs: (Onboarded & { withLimits: Limited })[] = [];
  for (const size of sizes) {
    say(`${size} tenants …`);
    const run = await onboard(size, say);
    for (const domain of run.unserved.slice(0, 5)) say(`  not served: ${domain}`);
    runs.push({ ...run, withLimits: await onboardWithLimits(size) });
  }
  process.stdout.write(values.json ? `${JSON.stringify({ concurrency: 10, runs }, undefined, 2)}\n` : table(runs));
}

function table(runs: readonly (Onboarded & { withLimits: Limited })[]): string {
  const seconds = (value: number) => (Number.isFinite(value) ? `${value.toFixed(1)} s` : "never");
  const hours = (value: number) => `${value.toFixed(1)} h`;
  const rows = [
    [
      "tenants",
      "unserved",
      "p50",
      "p99",
      "last",
      "orders",
      "failed",
      "throttled",
      "CPU each",
      "Let's Encrypt p50",
      "last",
      "refused",
    ],
    ...runs.map((run) => [
      ...[run.tenants, run.unserved.length].map(String),
      ...[run.p50, run.p99, run.last].map(seconds),
      ...[run.orders, run.failedValidations, run.throttles].map(String),
      `${run.cpuMsPerTenant.toFixed(0)} ms`,
      ...[run.withLimits.p50, run.withLimits.last].map(hours),
      String(run.withLimits.refused),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return `${rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")).join("\n")}\n`;
}

// Exits at once: left to itself, Node.js 20 was seen spinning for hours over the handles of a stopped stack.
main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
