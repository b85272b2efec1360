import type { MetricStore } from "../aws/cloudwatch/metric-store";
import type { AlarmInputs } from "../aws/cloudwatch/types";
import type { TableKeys } from "../aws/dynamodb";
import type { Iam } from "../aws/iam";
import type { AsyncInvocations, AsyncSettings } from "../aws/lambda/async-invocations";
import type { LambdaRuntime } from "../aws/lambda/runtime";
import type { LogGroup } from "../aws/logs";
import type { Buckets } from "../aws/s3";
import type { Schedule } from "../aws/schedules";
import type { Parameter } from "../aws/ssm";
import type { TimeScale } from "../aws/time-scale";
import type { Front } from "../fronts/front";
import type { Listener, TargetGroup } from "../fronts/load-balancer";
import type { LocalDynamoDb } from "../process/parts/dynamodb";
import type { Progress } from "../progress/events";
import type { Value } from "./wire";

export interface LaunchTemplate {
  /** Base64. */
  readonly userData: string;
  readonly role: string;
  readonly version: number;
}

/** Everything that the program's resources become, by the names or ARNs that other resources know them by. */
export interface LocalCloud {
  /** The repository's root: assets are relative to it. */
  readonly root: string;
  /** Where this run keeps its files. */
  readonly directory: string;
  readonly frontsDirectory: string;
  readonly region: string;
  /** The AWS API's endpoint. */
  readonly endpoint: string;
  /** `--fronts`; undefined: as many as the program asks for. */
  readonly frontCount: number | undefined;
  readonly timeScale: TimeScale;
  readonly progress: Progress;
  readonly iam: Iam;
  readonly runtime: LambdaRuntime;
  readonly queue: AsyncInvocations;
  readonly dynamodb: LocalDynamoDb;
  readonly buckets: Buckets;
  readonly metrics: MetricStore;
  /** Given to every function beside what the program says. */
  readonly functionVariables: Readonly<Record<string, string>>;
  /** One per program port (80, 443). */
  readonly listeners: ReadonlyMap<number, Listener>;

  readonly tables: Map<string, TableKeys>;
  readonly parameters: Map<string, Parameter>;
  /** What each `pulumi.Stash` was first given, by URN. */
  readonly stashes: Map<string, Value>;
  readonly logGroups: Map<string, LogGroup>;
  /** Role by instance profile's name. */
  readonly instanceProfiles: Map<string, string>;
  readonly launchTemplates: Map<string, LaunchTemplate>;
  readonly asyncSettings: Map<string, AsyncSettings>;
  /** Target group and the program's port behind it, by ARN. */
  readonly targetGroups: Map<
    string,
    { readonly group: TargetGroup; readonly port: number; readonly dimension: string }
  >;
  /** CloudWatch dimension of each balancer. */
  readonly balancers: Map<string, string>;
  /** Messages that wait in each queue, by name. */
  readonly queues: Map<string, number>;
  readonly schedules: Map<string, Schedule>;
  readonly alarms: Map<string, AlarmInputs>;
  readonly dashboards: Map<string, string>;
  readonly addresses: string[];
  readonly fronts: Front[];
}
