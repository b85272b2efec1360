import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { SECOND } from "../../core/base/clock";
import { timeScale } from "../../local/aws/time-scale";
import { Progress } from "../../local/progress/events";
import { type LocalStack, startStack } from "../../local/run/stack";
import { percentile } from "../front/percentile";
import { cpuSecondsOfTree } from "./cpu-of-tree";

/** What it took to take that many tenants in at once. */
export interface Onboarded {
  readonly tenants: number;
  /** Seconds from the first apply until every front served it: half of the tenants, all but one in a hundred, the last one. */
  readonly p50: number;
  readonly p99: number;
  readonly last: number;
  /** Tenants that some front did not serve in the end; the seconds are those of the others. */
  readonly unserved: readonly string[];
  readonly orders: number;
  readonly failedValidations: number;
  readonly throttles: number;
  /** CPU of every process of the stack, its CA and its database among them, from the apply on; per tenant, ms. */
  readonly cpuMsPerTenant: number;
}

/** ms without one more tenant served after which nobody is waited for any more: Pebble can lock itself up at some hundreds of orders. */
const PATIENCE = 90 * SECOND;

/** Starts the whole stack with that many new tenants in one apply, at a CA without limits, and waits until all are served. */
export async function onboard(tenants: number, say: (text: string) => void): Promise<Onboarded> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-onboard-"));
  const domains = Array.from({ length: tenants }, (_, n) => `www.customer${n}.example`);
  const config = { "certfront:cnameTarget": "balancer.certfront.test", "certfront:tenants": domains };
  fs.writeFileSync(path.join(folder, "Pulumi.onboard.yaml"), stringify({ config }));
  const progress = new Progress();
  progress.listen((event) => event.kind === "warning" && say(`  ! ${event.text}`));
  const stack = await startStack({
    root: path.join(__dirname, "..", ".."),
    directory: path.join(folder, "stack"),
    stack: "onboard",
    stackDirectory: folder,
    httpPort: 0,
    httpsPort: 0,
    progress,
    timeScale: timeScale(undefined),
  });
  try {
    const cpuBefore = cpuSecondsOfTree(process.pid);
    if (!(await served(stack)))
      say(`  ! no tenant more was served in ${PATIENCE / SECOND} s; the figures are of the others`);
    return result(stack, cpuSecondsOfTree(process.pid) - cpuBefore);
  } finally {
    await stack.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns false when it does not go on */
async function served(stack: LocalStack): Promise<boolean> {
  let [most, since] = [0, Date.now()];
  while (!stack.allServed()) {
    const count = stack.tenants().filter(({ secondsToServed }) => secondsToServed !== undefined).length;
    if (count > most) [most, since] = [count, Date.now()];
    if (Date.now() - since > PATIENCE) return false;
    await Promise.race([stack.failed, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  return true;
}

function result(stack: LocalStack, cpuSeconds: number): Onboarded {
  const reports = stack.tenants();
  const seconds = reports.flatMap(({ secondsToServed }) => secondsToServed ?? []);
  return {
    tenants: reports.length,
    p50: percentile(seconds, 0.5),
    p99: percentile(seconds, 0.99),
    last: Math.max(...seconds),
    unserved: reports.filter((one) => one.secondsToServed === undefined).map(({ domain }) => domain),
    orders: stack.pebble.orderCount(),
    failedValidations: stack.pebble.failedCount(),
    throttles: throttles(stack),
    cpuMsPerTenant: (cpuSeconds * 1_000) / reports.length,
  };
}

/** Invocations of any function that were refused because ten ran already. */
function throttles({ cloud: { metrics } }: LocalStack): number {
  const series = metrics
    .metrics()
    .filter(({ namespace, metric }) => namespace === "AWS/Lambda" && metric === "Throttles");
  const whole = { from: 0, to: Number.MAX_SAFE_INTEGER, periodSeconds: Number.MAX_SAFE_INTEGER / 1_000 };
  const sums = series.map((one) => metrics.statistics({ ...one, ...whole, statistic: "Sum" })[0]?.value ?? 0);
  return sums.reduce((sum, value) => sum + value, 0);
}
