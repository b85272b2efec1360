import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

interface Request {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly logEvents?: readonly LogEvent[];
}

export interface FakeCloudWatchLogs {
  readonly endpoint: string;
  /** Every batch taken, in order. */
  readonly batches: LogEvent[][];
  readonly streams: Set<string>;
  /** While true, everything is answered 503. */
  down: boolean;
  close(): Promise<void>;
}

/** CreateLogStream and PutLogEvents with the limits of their API reference. A double: CloudWatch Logs cannot be had on one machine. */
export async function fakeCloudWatchLogs(): Promise<FakeCloudWatchLogs> {
  const batches: LogEvent[][] = [];
  const streams = new Set<string>();
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const refusal = fake.down
      ? "ServiceUnavailableException"
      : answer(String(incoming.headers["x-amz-target"]), JSON.parse(body) as Request);
    outgoing.writeHead(fake.down ? 503 : refusal ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    outgoing.end(JSON.stringify(refusal ? { __type: refusal, message: refusal } : {}));
  });

  const answer = (target: string, request: Request): string | undefined => {
    const stream = `${request.logGroupName}/${request.logStreamName}`;
    if (target === "Logs_20140328.CreateLogStream") {
      if (streams.has(stream)) return "ResourceAlreadyExistsException";
      streams.add(stream);
      return undefined;
    }
    if (!streams.has(stream)) return "ResourceNotFoundException";
    const events = request.logEvents ?? [];
    const times = events.map(({ timestamp }) => timestamp);
    const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
    const ordered = times.every((time, index) => time >= (times[index - 1] ?? 0));
    const span = Math.max(...times) - Math.min(...times);
    if (events.length < 1 || events.length > 10_000 || bytes > 1_048_576 || span > 86_400_000 || !ordered) {
      return "InvalidParameterException";
    }
    batches.push([...events]);
    return undefined;
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeCloudWatchLogs = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches,
    streams,
    down: false,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}
