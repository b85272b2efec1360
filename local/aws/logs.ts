import { arn } from "./account";
import type { Service } from "./api";
import { json, jsonBody } from "./api";
import { AwsError } from "./error";
import type { Iam } from "./iam";

export interface LogEvent {
  /** ms. */
  readonly timestamp: number;
  readonly message: string;
}

export interface LogGroup {
  /** Lines in the embedded metric format become metrics: not in a group of the class for infrequent access. */
  readonly extractsMetrics: boolean;
}

/** What reaches CloudWatch Logs; `source` is the log stream. */
export type LogSink = (group: string, source: string, event: LogEvent) => void;

/** CloudWatch Logs: streams and events go to `sink`. Groups exist only where the program defines them. */
export function logs(iam: Iam, region: string, groups: ReadonlyMap<string, LogGroup>, sink: LogSink): Service {
  const streams = new Set<string>();
  return async (call) => {
    const body = jsonBody(call);
    const group = String(body.logGroupName);
    const stream = String(body.logStreamName);
    const resource = arn("logs", region, `log-group:${group}:log-stream:${stream}`);
    if (call.operation !== "CreateLogStream" && call.operation !== "PutLogEvents") {
      throw new AwsError("UnknownOperationException", `CloudWatch Logs: ${call.operation} is not answered here.`);
    }
    await iam.authorize(call.role, `logs:${call.operation}`, resource);
    if (!groups.has(group)) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
    const id = `${group}:${stream}`;
    if (call.operation === "CreateLogStream") {
      if (streams.has(id))
        throw new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");
      streams.add(id);
      return json({});
    }
    if (!streams.has(id)) throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
    for (const event of body.logEvents as LogEvent[]) sink(group, stream, event);
    return json({});
  };
}
