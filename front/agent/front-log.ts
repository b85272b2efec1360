import { HOUR, SECOND } from "../../core/base/clock";
import { AwsClient, AwsError } from "../../wire/aws/client";
import { CLOUDWATCH_LOGS } from "../../wire/aws/services";

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

/** The agent's own log: JSON lines on standard output and, where a log group is named, in CloudWatch Logs. */
export class FrontLog {
  private readonly client: AwsClient | undefined;
  private lines: Line[] = [];
  private streamMade = false;

  constructor(
    private readonly place: { logGroup: string; front: string; region: string },
    private readonly print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
    private readonly now: () => number = Date.now,
  ) {
    const region = place.region && { region: place.region };
    this.client = place.logGroup
      ? new AwsClient(CLOUDWATCH_LOGS, { ...region, attempts: 2, timeoutMs: 5 * SECOND })
      : undefined;
  }

  info(message: string, fields: Record<string, unknown> = {}): void {
    this.write({ level: "INFO", message, ...fields });
  }

  warn(message: string, fields: Record<string, unknown> & { error?: unknown } = {}): void {
    const { error, ...rest } = fields;
    this.write({ level: "WARN", message, ...rest, ...(error !== undefined && { error: describe(error) }) });
  }

  /** Sends what was written since the last time. Never throws: logging must not stop a front. */
  async flush(): Promise<void> {
    if (!this.client) return;
    try {
      await this.makeStream(this.client);
      while (this.lines.length > 0) {
        const batch = firstBatch(this.lines);
        await this.client.call("PutLogEvents", { ...this.stream(), logEvents: batch });
        const sent = new Set(batch);
        this.lines = this.lines.filter((line) => !sent.has(line));
      }
    } catch (error) {
      // A group that was made anew has no streams.
      if (error instanceof AwsError && error.type === "ResourceNotFoundException") this.streamMade = false;
      this.print(JSON.stringify({ level: "WARN", message: "log lines not sent", error: describe(error) }));
    }
  }

  private stream(): { logGroupName: string; logStreamName: string } {
    return { logGroupName: this.place.logGroup, logStreamName: this.place.front };
  }

  private async makeStream(client: AwsClient): Promise<void> {
    if (this.streamMade) return;
    try {
      await client.call("CreateLogStream", this.stream());
    } catch (error) {
      if (!(error instanceof AwsError) || error.type !== "ResourceAlreadyExistsException") throw error;
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
