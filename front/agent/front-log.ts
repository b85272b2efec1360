import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";
import { HOUR } from "../../core/base/clock";
import { METRIC_NAMESPACE } from "../../core/base/metrics";

/** What of an error is worth a line; never a whole object, which could hold a key. */
const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Lines kept while CloudWatch cannot be reached; the oldest go first. */
const KEPT_LINES = 2_000;
/** One PutLogEvents (its API reference): 1,048,576 bytes with 26 for each line, and no more than 24 hours from first to last. */
const BATCH_LINES = 500;
const BATCH_BYTES = 1_000_000;
const BATCH_SPAN = 23 * HOUR;
/** Characters of a line; what is longer is cut, so that no line can hold up those behind it. */
const LINE_LENGTH = 100_000;

interface Line {
  readonly timestamp: number;
  readonly message: string;
}

/** The agent's own log and metrics: JSON lines on standard output and, where a log group is named, in CloudWatch Logs. */
export class FrontLog {
  private readonly client: CloudWatchLogsClient | undefined;
  private lines: Line[] = [];
  private streamMade = false;

  constructor(
    private readonly place: { logGroup: string; front: string; stack: string; region: string },
    private readonly print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
    private readonly now: () => number = Date.now,
  ) {
    this.client = place.logGroup
      ? new CloudWatchLogsClient({
          ...(place.region && { region: place.region }),
          maxAttempts: 2,
          requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 },
        })
      : undefined;
  }

  info(message: string, fields: Record<string, unknown> = {}): void {
    this.write({ level: "INFO", message, ...fields });
  }

  warn(message: string, fields: Record<string, unknown> & { error?: unknown } = {}): void {
    const { error, ...rest } = fields;
    this.write({ level: "WARN", message, ...rest, ...(error !== undefined && { error: describe(error) }) });
  }

  /** CloudWatch embedded metric format; one point per metric, dimension `stack`. */
  metrics(values: Readonly<Record<string, number>>, units: Readonly<Record<string, string>> = {}): void {
    const names = Object.keys(values);
    this.write({
      _aws: {
        Timestamp: this.now(),
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: [["stack"]],
            Metrics: names.map((Name) => ({ Name, Unit: units[Name] ?? "Count" })),
          },
        ],
      },
      stack: this.place.stack,
      ...values,
    });
  }

  /** Sends what was written since the last time. Never throws: logging must not stop a front. */
  async flush(): Promise<void> {
    if (!this.client) return;
    try {
      await this.makeStream(this.client);
      while (this.lines.length > 0) {
        const batch = firstBatch(this.lines);
        await this.client.send(new PutLogEventsCommand({ ...this.stream(), logEvents: batch }));
        const sent = new Set(batch);
        this.lines = this.lines.filter((line) => !sent.has(line));
      }
    } catch (error) {
      this.print(JSON.stringify({ level: "WARN", message: "log lines not sent", error: describe(error) }));
    }
  }

  private stream(): { logGroupName: string; logStreamName: string } {
    return { logGroupName: this.place.logGroup, logStreamName: this.place.front };
  }

  private async makeStream(client: CloudWatchLogsClient): Promise<void> {
    if (this.streamMade) return;
    try {
      await client.send(new CreateLogStreamCommand(this.stream()));
    } catch (error) {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
    this.streamMade = true;
  }

  private write(fields: Record<string, unknown>): void {
    const message = JSON.stringify({ ...fields, front: this.place.front });
    this.print(message);
    if (!this.client) return;
    this.lines.push({ timestamp: this.now(), message: message.slice(0, LINE_LENGTH) });
    if (this.lines.length > KEPT_LINES) this.lines = this.lines.slice(-KEPT_LINES);
  }
}

function firstBatch(lines: readonly Line[]): Line[] {
  const until = (lines[0]?.timestamp ?? 0) + BATCH_SPAN;
  let bytes = 0;
  const end = lines.slice(0, BATCH_LINES).findIndex(({ timestamp, message }) => {
    bytes += Buffer.byteLength(message) + 26;
    return bytes > BATCH_BYTES || timestamp > until;
  });
  return lines.slice(0, end < 0 ? BATCH_LINES : end);
}
