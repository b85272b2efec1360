/** page: a person gets up for it. warn: somebody looks at it in working hours. */
export type Severity = "page" | "warn";

/** Dimension values: plain text, or Pulumi's `Input<string>` for what only AWS can tell. */
export type Dimensions<Text> = Readonly<Record<string, Text>>;

/** What the program knows of a stack when it asks for its alarms, dashboard and queries. */
export interface AlarmContext<Text = string> {
  /** The metrics' dimension, and the prefix of every alarm's name. */
  readonly stack: string;
  /** What Pulumi calls the stack: `--stack` of its commands. */
  readonly pulumiStack: string;
  /** `--stack` of certfront's commands. */
  readonly called: string;
  /** Where docs/operations.md is read; absent: the page of this version's repository, or the file's name. */
  readonly runbookUrl?: string;
  /** Name of the fronts' Auto Scaling group. */
  readonly frontGroup: string;
  /** Fronts that are always to serve. */
  readonly minFronts: number;
  /** Names of the functions. */
  readonly functions: { readonly issuer: string; readonly monitor: string };
  /** Name of the SQS queue that takes events which failed for good. */
  readonly deadLetterQueue: string;
  /** The load balancer's `LoadBalancer` dimension: its ARN from `net/` on (Pulumi: `arnSuffix`). */
  readonly loadBalancer: Text;
  /** The `TargetGroup` dimension of the group behind :443 (Pulumi: `arnSuffix`). */
  readonly targetGroup: Text;
  /** Names of the log groups. */
  readonly logGroups: { readonly issuer: string; readonly monitor: string; readonly fronts: string };
}

/** In the words of Pulumi's `aws.cloudwatch.MetricAlarmArgs`, so that the program passes them on as they are. */
export interface MetricAlarm<Text = string> {
  readonly kind: "metric";
  /** Stable, kebab-case: names the resource, and the chapter of docs/operations.md. */
  readonly key: string;
  /** `<stack>-<key>`. */
  readonly name: string;
  readonly severity: Severity;
  /** True: goes to the SNS topic itself, both ways (ALARM and OK). Those that page do so through the composite only. */
  readonly notifies: boolean;
  /** Markdown, at most 1,024 characters: what it means, what to look at first, what happens if ignored. `REGION` is AWS' to tell. */
  readonly alarmDescription: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions<Text>;
  readonly statistic: "Minimum" | "Maximum" | "Sum";
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparisonOperator: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly treatMissingData: "breaching" | "notBreaching" | "ignore" | "missing";
}

/** `aws.cloudwatch.CompositeAlarmArgs`. */
export interface CompositeAlarm {
  readonly kind: "composite";
  readonly key: string;
  readonly name: string;
  readonly severity: Severity;
  readonly notifies: boolean;
  readonly alarmDescription: string;
  /** `ALARM("a") OR ALARM("b")`; the named alarms must exist first. */
  readonly alarmRule: string;
}

export type AlarmDefinition<Text = string> = MetricAlarm<Text> | CompositeAlarm;
