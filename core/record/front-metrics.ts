import { MINUTE } from "../base/clock";
import type { METRICS } from "../base/metrics";
import type { Heartbeat } from "./record";

/** Names of what is measured of all fronts together (core/base/metrics.ts). */
export type FrontMetric = Extract<
  keyof typeof METRICS,
  "frontHeartbeat" | "frontCertificates" | "frontRevisionLagSeconds" | "frontSyncFailures" | "frontSelfCheckMismatches"
>;

/** A front reports every ten seconds; one that is silent for longer is measured no more, and is the monitor's to tell. */
export const MEASURED_WITHIN = 2 * MINUTE;

/**
 * What the fronts report, as metrics. Fronts send none themselves: what an alarm reads, nobody may write who is watched by it.
 * @param heartbeats not older than MEASURED_WITHIN
 */
export function frontMetrics(heartbeats: readonly Heartbeat[]): (readonly [FrontMetric, number])[] {
  const most = (values: readonly number[]): number => Math.max(0, ...values);
  const serving = heartbeats.filter(({ ready }) => ready).map(({ certificates }) => certificates);
  return [
    ["frontHeartbeat", heartbeats.length],
    ...(serving.length > 0 ? ([["frontCertificates", Math.min(...serving)]] as const) : []),
    [
      "frontRevisionLagSeconds",
      most(heartbeats.map(({ at, caughtUpAt = at }) => Math.round((at - caughtUpAt) / 1_000))),
    ],
    ["frontSyncFailures", heartbeats.reduce((sum, { failed }) => sum + failed.length, 0)],
    ["frontSelfCheckMismatches", most(heartbeats.map(({ selfCheck }) => selfCheck?.mismatches.length ?? 0))],
  ];
}
