import type { Clock } from "../../core/base/clock";
import { METRIC_NAMESPACE } from "../../core/base/metrics";

/** A line of the function's log; on Lambda, standard output. */
export type LogSink = (line: string) => void;

/** Past Lambda's patched console, which would wrap the line and so hide the metrics from CloudWatch. */
export const standardOutput: LogSink = (line) => void process.stdout.write(`${line}\n`);

export interface MetricValue {
  readonly name: string;
  readonly value: number;
  /** CloudWatch's: Count, Seconds, None. */
  readonly unit: "Count" | "Seconds" | "None";
}

/**
 * Metrics as one line in CloudWatch's embedded metric format, and structured log lines. Written by hand: Powertools adds a
 * dimension `service` to every metric, and the stack is to be the only one.
 */
export class Journal {
  constructor(
    private readonly stack: string,
    private readonly clock: Clock,
    private readonly sink: LogSink = standardOutput,
  ) {}

  metrics(values: readonly MetricValue[], dimensions: Readonly<Record<string, string>> = {}): void {
    if (values.length === 0) return;
    const all = { stack: this.stack, ...dimensions };
    const directive = {
      Namespace: METRIC_NAMESPACE,
      Dimensions: [Object.keys(all)],
      Metrics: values.map(({ name, unit }) => ({ Name: name, Unit: unit })),
    };
    this.sink(
      JSON.stringify({
        _aws: { Timestamp: this.clock.now(), CloudWatchMetrics: [directive] },
        ...all,
        ...Object.fromEntries(values.map(({ name, value }) => [name, value])),
      }),
    );
  }

  log(level: "INFO" | "WARN" | "ERROR", message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const timestamp = new Date(this.clock.now()).toISOString();
    this.sink(JSON.stringify({ level, message, timestamp, service: "expiry-monitor", ...fields }));
  }
}
