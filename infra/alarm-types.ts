import type { Severity } from "./alarm-texts";

/**
 * What alarms, dashboard and log queries are told of a stack. Resource keys never depend on the strings in it, so the program may
 * ask once with placeholders for the keys and once, inside `apply`, for the values.
 */
export interface AlarmContext {
  /** The metrics' dimension, and the prefix of every alarm's name. */
  readonly stack: string;
  readonly region: string;
  /** Names of the functions. */
  readonly functions: { readonly issuer: string; readonly responder: string; readonly monitor: string };
  /** Name of the SQS queue that takes events which failed for good. */
  readonly deadLetterQueue: string;
  /** The load balancer's `LoadBalancer` dimension (Pulumi: `arnSuffix`). */
  readonly loadBalancer: string;
  /** Their `TargetGroup` dimensions (Pulumi: `arnSuffix`). */
  readonly targetGroups: { readonly http: string; readonly https: string };
  /** Name of the table. */
  readonly table: string;
  /** Name of the Auto Scaling group. */
  readonly frontGroup: string;
  /** How many fronts there are at least. */
  readonly minFronts: number;
  /** Names of the log groups. */
  readonly logGroups: { readonly issuer: string; readonly monitor: string; readonly fronts: string };
}

/** What every alarm has. */
interface AlarmCommon {
  /** Stable, kebab-case: names the resource, and the chapter of docs/operations.md. */
  readonly key: string;
  /** `<stack>-<key>`. */
  readonly name: string;
  readonly severity: Severity;
  /** True: tells the SNS topic, of ALARM and of OK. Metric alarms that page do so through the composite only. */
  readonly notifies: boolean;
  /** Markdown, at most 1,024 characters: what it means, what to look at first, what happens if ignored. */
  readonly description: string;
}

/** An alarm on one metric, in the words of `aws.cloudwatch.MetricAlarmArgs`. */
export interface MetricAlarm extends AlarmCommon {
  readonly kind: "metric";
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Minimum" | "Maximum" | "Sum";
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparisonOperator: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly treatMissingData: "breaching" | "notBreaching" | "ignore" | "missing";
}

export interface CompositeAlarm extends AlarmCommon {
  readonly kind: "composite";
  /** `ALARM("a") OR ALARM("b")`; the named alarms must exist first. */
  readonly rule: string;
}

export type AlarmDefinition = MetricAlarm | CompositeAlarm;
