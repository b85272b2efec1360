import * as fs from "node:fs";
import * as path from "node:path";
import type { MetricStore } from "../aws/cloudwatch/metric-store";
import type { LogEvent } from "../aws/logs";
import type { Progress } from "../progress/events";

/**
 * Takes every line that functions and agents log: to a file per log group, metrics to the metric store, and what a person
 * watching wants to see to the progress stream.
 */
export class LogReader {
  private readonly files = new Map<string, fs.WriteStream>();

  constructor(
    private readonly directory: string,
    private readonly metrics: MetricStore,
    private readonly progress: Progress,
    private readonly extractsMetrics: (group: string) => boolean,
  ) {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  take(group: string, source: string, { timestamp, message }: LogEvent): void {
    this.file(group).write(`${new Date(timestamp).toISOString()} ${source} ${message.trimEnd()}\n`);
    if (this.extractsMetrics(group) && this.metrics.ingest(message) > 0) return;
    const line = parse(message);
    if (line?.message === "tenant step") {
      this.progress.tell({ kind: "step", tenant: String(line.tenant), step: String(line.step) });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.files.values()].map((file) => new Promise((resolve) => file.end(resolve))));
  }

  private file(group: string): fs.WriteStream {
    const name = `${group.replace(/^\//, "").replaceAll("/", "-")}.log`;
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const file = fs.createWriteStream(path.join(this.directory, name), { flags: "a", mode: 0o600 });
    this.files.set(name, file);
    return file;
  }
}

function parse(message: string): Readonly<Record<string, unknown>> | undefined {
  if (!message.startsWith("{")) return undefined;
  try {
    return JSON.parse(message) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined; // a line that only begins like JSON
  }
}
