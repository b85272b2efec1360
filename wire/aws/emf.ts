import { METRIC_NAMESPACE } from "../../core/base/metrics";

export type MetricUnit = "Count" | "Seconds" | "None";

/** One value of a CloudWatch metric, by its name in core/base/metrics.ts. */
export interface MetricValue {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly value: number;
}

/** What the embedded metric format takes of one metric in one document. */
const MOST_VALUES = 100;

/**
 * Metrics in CloudWatch's embedded metric format, one document per log line, counts added up. By hand, because Powertools' Metrics
 * adds a dimension `service` of its own, and alarms and dashboard look for `stack` alone.
 * @param at when they were measured, ms
 */
export function emfDocuments(stack: string, values: readonly MetricValue[], at: number): Record<string, unknown>[] {
  const metrics = new Map<string, { unit: MetricUnit; values: number[] }>();
  for (const { name, unit, value } of values) {
    const metric = metrics.get(name) ?? { unit, values: [] };
    metric.values = unit === "Count" ? [(metric.values[0] ?? 0) + value] : [...metric.values, value];
    metrics.set(name, metric);
  }
  const documents: Record<string, unknown>[] = [];
  for (let from = 0; ; from += MOST_VALUES) {
    const parts = [...metrics]
      .map(([name, { unit, values }]) => ({ name, unit, part: values.slice(from, from + MOST_VALUES) }))
      .filter(({ part }) => part.length > 0);
    if (parts.length === 0) return documents;
    const directive = {
      Namespace: METRIC_NAMESPACE,
      Dimensions: [["stack"]],
      Metrics: parts.map(({ name, unit }) => ({ Name: name, Unit: unit })),
    };
    const members = Object.fromEntries(parts.map(({ name, part }) => [name, part]));
    documents.push({ _aws: { Timestamp: at, CloudWatchMetrics: [directive] }, stack, ...members });
  }
}
