import type { SeriesPoint, SeriesQuery } from "./types";

/** One value of one metric. */
export interface MetricDatum {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** ms. */
  readonly at: number;
}

/** Which metrics there are. */
export type MetricIdentity = Pick<MetricDatum, "namespace" | "metric" | "dimensions">;

interface Series {
  readonly identity: MetricIdentity;
  /** Ascending. */
  readonly at: number[];
  readonly values: number[];
}

export interface MetricStoreOptions {
  /** How long a value is kept, ms; default 15 days (CloudWatch's for one-minute values). */
  readonly retentionMs?: number;
}

const DAY = 86_400_000;

/**
 * What CloudWatch keeps of metrics, in memory: values by namespace, name and exact set of dimensions (CloudWatch never adds up
 * over dimensions), and their statistics by period.
 */
export class MetricStore {
  private readonly series = new Map<string, Series>();
  private readonly retentionMs: number;

  constructor(options: MetricStoreOptions = {}) {
    this.retentionMs = options.retentionMs ?? 15 * DAY;
  }

  put(datum: MetricDatum): void {
    const series = this.seriesOf(datum);
    // Values mostly come in order; a late one is put where it belongs.
    let index = series.at.length;
    while (index > 0 && (series.at[index - 1] ?? 0) > datum.at) index -= 1;
    series.at.splice(index, 0, datum.at);
    series.values.splice(index, 0, datum.value);
    this.forget(series, datum.at);
  }

  /**
   * Takes a line that a function or an agent logged; a line in CloudWatch's embedded metric format becomes values, any other is
   * left alone.
   * @returns how many values it held
   */
  ingest(line: string): number {
    if (!line.includes('"_aws"')) return 0;
    const data = readEmbeddedMetrics(line);
    for (const datum of data) this.put(datum);
    return data.length;
  }

  metrics(): MetricIdentity[] {
    return [...this.series.values()].map((series) => series.identity);
  }

  /** Statistics by period, oldest first; the first period begins at `from`, periods without a value are left out. */
  statistics(query: SeriesQuery): SeriesPoint[] {
    const series = this.series.get(keyOf(query));
    if (series === undefined) return [];
    const period = query.periodSeconds * 1000;
    const points: SeriesPoint[] = [];
    let index = firstAtOrAfter(series.at, query.from);
    while (index < series.at.length) {
      const at = series.at[index] ?? 0;
      if (at >= query.to) break;
      const start = query.from + Math.floor((at - query.from) / period) * period;
      const end = Math.min(start + period, query.to);
      const values: number[] = [];
      while (index < series.at.length && (series.at[index] ?? 0) < end) {
        values.push(series.values[index] ?? 0);
        index += 1;
      }
      points.push({ at: start, value: statisticOf(values, query.statistic) });
    }
    return points;
  }

  private seriesOf(datum: MetricDatum): Series {
    const key = keyOf(datum);
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const { namespace, metric, dimensions } = datum;
    const series: Series = { identity: { namespace, metric, dimensions }, at: [], values: [] };
    this.series.set(key, series);
    return series;
  }

  private forget(series: Series, now: number): void {
    const stale = firstAtOrAfter(series.at, now - this.retentionMs);
    if (stale < 1_000) return; // in lumps: shifting an array at each value would cost more than it frees
    series.at.splice(0, stale);
    series.values.splice(0, stale);
  }
}

/** CloudWatch's statistics; percentiles (`p99`) by linear interpolation. */
export function statisticOf(values: readonly number[], statistic: string): number {
  switch (statistic) {
    case "Minimum":
      return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    case "Maximum":
      return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    case "Sum":
      return values.reduce((a, b) => a + b, 0);
    case "SampleCount":
      return values.length;
    case "Average":
      return values.reduce((a, b) => a + b, 0) / values.length;
    default:
      return percentile(values, statistic);
  }
}

function percentile(values: readonly number[], statistic: string): number {
  const rank = /^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1];
  if (rank === undefined) throw new Error(`CloudWatch statistic ${statistic} is not known here.`);
  const sorted = [...values].sort((a, b) => a - b);
  const position = (Number(rank) / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (above - below) * (position - Math.floor(position));
}

function keyOf({ namespace, metric, dimensions }: MetricIdentity): string {
  const names = Object.keys(dimensions).sort();
  return JSON.stringify([namespace, metric, ...names.map((name) => [name, dimensions[name]])]);
}

/** Binary search. */
function firstAtOrAfter(at: readonly number[], time: number): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The values of a line in the embedded metric format (CloudWatch's "Specification: Embedded metric format"). */
export function readEmbeddedMetrics(line: string): MetricDatum[] {
  const root = parseObject(line);
  const meta = asObject(root?._aws);
  if (root === undefined || meta === undefined || !Array.isArray(meta.CloudWatchMetrics)) return [];
  const at = Number(meta.Timestamp);
  if (!Number.isFinite(at)) return [];
  return meta.CloudWatchMetrics.flatMap((directive: unknown) => readDirective(asObject(directive), root, at));
}

function readDirective(directive: JsonObject | undefined, root: JsonObject, at: number): MetricDatum[] {
  const { Namespace: namespace, Dimensions: sets, Metrics: metrics } = directive ?? {};
  if (typeof namespace !== "string" || !Array.isArray(sets) || !Array.isArray(metrics)) return [];
  const data: MetricDatum[] = [];
  for (const set of sets) {
    if (!Array.isArray(set)) continue;
    const dimensions = Object.fromEntries(set.map((name) => [String(name), String(root[String(name)])]));
    for (const entry of metrics) {
      const metric = asObject(entry)?.Name;
      if (typeof metric !== "string") continue;
      for (const value of [root[metric]].flat()) {
        if (typeof value === "number") data.push({ namespace, metric, dimensions, value, at });
      }
    }
  }
  return data;
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(line: string): JsonObject | undefined {
  const start = line.indexOf("{");
  if (start < 0) return undefined;
  try {
    return asObject(JSON.parse(line.slice(start)));
  } catch {
    return undefined; // a log line that merely contains "_aws"
  }
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null ? (value as JsonObject) : undefined;
}
