import { Logger } from "@aws-lambda-powertools/logger";
import { METRIC_NAMESPACE } from "../../core/metrics";

export type MetricUnit = "Count" | "Seconds" | "None";

/** One value of a CloudWatch metric, by its name in core/metrics.ts. */
export interface MetricValue {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly value: number;
}

/** Structured log lines, one JSON object each. Nothing secret may be passed as a field. */
export function createLogger(serviceName: string, stack: string): Logger {
  return new Logger({ serviceName, logLevel: "INFO", persistentKeys: { stack } });
}

/**
 * Writes metrics as one line of CloudWatch's embedded metric format. By hand, because Powertools' Metrics adds a dimension
 * `service` of its own, and alarms and dashboard look for `stack` alone.
 * @param at when they were measured, ms
 */
export function emitMetrics(
  stack: string,
  values: readonly MetricValue[],
  write: (line: string) => void = toStandardOutput,
  at: number = Date.now(),
): void {
  if (values.length === 0) return;
  const units = new Map(values.map(({ name, unit }) => [name, unit]));
  const collected: Record<string, number[]> = {};
  for (const { name, value } of values) collected[name] = [...(collected[name] ?? []), value];
  const directive = {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [["stack"]],
    Metrics: [...units].map(([Name, Unit]) => ({ Name, Unit })),
  };
  write(JSON.stringify({ _aws: { Timestamp: at, CloudWatchMetrics: [directive] }, stack, ...collected }));
}

/** Past Lambda's patched console, which would wrap the line and so hide the metrics from CloudWatch. */
function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
