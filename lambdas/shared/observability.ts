import { Logger } from "@aws-lambda-powertools/logger";
import { METRIC_NAMESPACE } from "../../core/base/metrics";

export type MetricUnit = "Count" | "Seconds" | "None";

/** One value of a CloudWatch metric, by its name in core/base/metrics.ts. */
export interface MetricValue {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly value: number;
}

/** What the embedded metric format takes of one metric in one line. */
const MOST_VALUES = 100;

/** Structured log lines, one JSON object each. Nothing secret may be passed as a field. */
export function createLogger(serviceName: string, stack: string): Logger {
  return new Logger({ serviceName, logLevel: "INFO", persistentKeys: { stack } });
}

/**
 * Writes metrics in CloudWatch's embedded metric format, counts added up. By hand, because Powertools' Metrics adds a dimension
 * `service` of its own, and alarms and dashboard look for `stack` alone.
 * @param at when they were measured, ms
 */
export function emitMetrics(
  stack: string,
  values: readonly MetricValue[],
  write: (line: string) => void = toStandardOutput,
  at: number = Date.now(),
): void {
  const metrics = new Map<string, { unit: MetricUnit; values: number[] }>();
  for (const { name, unit, value } of values) {
    const metric = metrics.get(name) ?? { unit, values: [] };
    metric.values = unit === "Count" ? [(metric.values[0] ?? 0) + value] : [...metric.values, value];
    metrics.set(name, metric);
  }
  for (let from = 0; ; from += MOST_VALUES) {
    const left = [...metrics].map(([name, { unit, values }]) => ({
      name,
      unit,
      part: values.slice(from, from + MOST_VALUES),
    }));
    const line = left.filter(({ part }) => part.length > 0);
    if (line.length === 0) return;
    const directive = {
      Namespace: METRIC_NAMESPACE,
      Dimensions: [["stack"]],
      Metrics: line.map(({ name, unit }) => ({ Name: name, Unit: unit })),
    };
    const members = Object.fromEntries(line.map(({ name, part }) => [name, part]));
    write(JSON.stringify({ _aws: { Timestamp: at, CloudWatchMetrics: [directive] }, stack, ...members }));
  }
}

/** Past Lambda's patched console, which would wrap the line and so hide the metrics from CloudWatch. */
function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
