import * as path from "node:path";
import { wordsOf } from "../../core/base/errors";
import { arn } from "../aws/account";
import { AwsApi, type Service } from "../aws/api";
import { MetricStore } from "../aws/cloudwatch/metric-store";
import { awsVariables, OPERATOR, operatorPolicy } from "../aws/differences";
import { dynamoDb } from "../aws/dynamodb";
import { Iam } from "../aws/iam";
import { kms } from "../aws/kms";
import { lambda } from "../aws/lambda/api";
import { AsyncInvocations } from "../aws/lambda/async-invocations";
import type { FunctionSettings } from "../aws/lambda/environment";
import { LambdaRuntime } from "../aws/lambda/runtime";
import { type LogGroup, logs } from "../aws/logs";
import { Buckets, s3 } from "../aws/s3";
import type { Schedule } from "../aws/schedules";
import { ssm } from "../aws/ssm";
import { sts } from "../aws/sts";
import type { TimeScale } from "../aws/time-scale";
import type { Listener } from "../fronts/load-balancer";
import type { LocalDynamoDb } from "../process/parts/dynamodb";
import type { Progress } from "../progress/events";
import type { LocalCloud } from "./cloud";
import { LogReader } from "./log-reader";

export interface CloudOptions {
  readonly root: string;
  readonly directory: string;
  readonly frontsDirectory: string;
  readonly region: string;
  readonly frontCount: number | undefined;
  readonly timeScale: TimeScale;
  readonly progress: Progress;
  readonly dynamodb: LocalDynamoDb;
  readonly listeners: ReadonlyMap<number, Listener>;
  readonly functionVariables: Readonly<Record<string, string>>;
}

/** The cloud, and how to call a schedule's function and to end it all. */
export interface RunningCloud extends LocalCloud {
  /** Adds a service to the AWS API, by its name in signatures. */
  serve(name: string, service: Service): void;
  callSchedule(schedule: Schedule): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the AWS API with nothing in it yet: the program's resources fill it. */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const { region, progress } = options;
  const metrics = new MetricStore();
  const logGroups = new Map<string, LogGroup>();
  const extractsMetrics = (group: string) => logGroups.get(group)?.extractsMetrics ?? true;
  const reader = new LogReader(path.join(options.directory, "logs"), metrics, progress, extractsMetrics);
  const iam = new Iam((message) => progress.warn(message));
  iam.createRole(OPERATOR.accessKeyId);
  iam.attach(OPERATOR.accessKeyId, "operator", operatorPolicy(region));
  const api = new AwsApi();
  const endpoint = await api.listen();

  const queues = new Map<string, number>();
  const functionLine = async (settings: FunctionSettings, line: string) => {
    const resource = arn("logs", region, `log-group:${settings.logGroup}:log-stream:${settings.name}`);
    try {
      await iam.authorize(settings.role, "logs:CreateLogStream", resource);
      await iam.authorize(settings.role, "logs:PutLogEvents", resource);
    } catch {
      return; // as on AWS: without the right to log, what a function says is lost; the denial was told
    }
    reader.take(settings.logGroup, settings.name, { timestamp: Date.now(), message: line });
  };
  const runtime = new LambdaRuntime({
    directory: options.directory,
    awsVariables: (role) => awsVariables(role, region, endpoint),
    onLine: (settings, line) => void functionLine(settings, line),
    onMetric: (FunctionName, metric, value) =>
      metrics.put({ namespace: "AWS/Lambda", metric, dimensions: { FunctionName }, value, at: Date.now() }),
  });
  const asyncSettings: LocalCloud["asyncSettings"] = new Map();
  const deadLetter = async (role: string, queueArn: string) => {
    await iam.authorize(role, "sqs:SendMessage", queueArn);
    const name = queueArn.slice(queueArn.lastIndexOf(":") + 1);
    queues.set(name, (queues.get(name) ?? 0) + 1);
  };
  const queue = new AsyncInvocations({
    timeScale: options.timeScale.factor,
    invoke: (name, payload) => runtime.invoke(name, payload),
    settings: (name) => asyncSettings.get(name) ?? { retries: 2 },
    deadLetter: (name, queueArn) => {
      deadLetter(runtime.settings(name).role, queueArn).catch((error: Error) => progress.warn(error.message));
    },
    onFailure: (name, attempt, failure) => progress.warn(`${name} failed, attempt ${attempt}: ${failure}`),
  });
  const cloud: LocalCloud = {
    ...options,
    endpoint,
    iam,
    runtime,
    queue,
    metrics,
    stashes: new Map(),
    logGroups,
    queues,
    asyncSettings,
    buckets: new Buckets(),
    tables: new Map(),
    parameters: new Map(),
    instanceProfiles: new Map(),
    launchTemplates: new Map(),
    targetGroups: new Map(),
    balancers: new Map(),
    schedules: new Map(),
    alarms: new Map(),
    dashboards: new Map(),
    addresses: [],
    fronts: [],
  };
  api.serve(
    "dynamodb",
    dynamoDb({ iam, region, endpoint: options.dynamodb.endpoint, table: (name) => cloud.tables.get(name) }),
  );
  api.serve("lambda", lambda(iam, runtime, queue));
  api.serve("s3", s3(iam, cloud.buckets));
  api.serve("kms", kms(iam, region));
  api.serve("sts", sts(iam));
  api.serve("ssm", ssm(iam, region, cloud.parameters));
  api.serve(
    "logs",
    logs(iam, region, logGroups, (group, source, event) => reader.take(group, source, event)),
  );
  return {
    ...cloud,
    serve: (name, service) => api.serve(name, service),
    async callSchedule({ name, role, functionName, input }) {
      try {
        await iam.authorize(role, "lambda:InvokeFunction", runtime.settings(functionName).arn);
        queue.accept(functionName, input);
      } catch (error) {
        progress.warn(`schedule ${name}: ${wordsOf(error)}`);
      }
    },
    async stop() {
      queue.stop();
      // Before the fronts: what is stopped is not unhealthy.
      for (const { group } of cloud.targetGroups.values()) group.stop();
      await Promise.all(cloud.fronts.map((front) => front.stop()));
      await runtime.stop();
      await api.close();
      await reader.close();
    },
  };
}
