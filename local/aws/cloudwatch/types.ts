export interface ConsoleAlarm {
  readonly name: string;
  /** Markdown, as the program wrote it. */
  readonly description: string;
  readonly state: AlarmState;
  /** CloudWatch's StateReason. */
  readonly reason: string;
  /** When the present state was entered, ms. */
  readonly since: number;
  /** A composite alarm or the parts it is made of. */
  readonly composite: boolean;
  /** Of a composite alarm: the alarms that its rule names. */
  readonly parts?: readonly string[];
  /** As it is evaluated here; absent on composite alarms. */
  readonly threshold?: number;
  /** Newest first. */
  readonly history: readonly AlarmTransition[];
}

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface AlarmTransition {
  /** ms. */
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
}

export interface SeriesQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** CloudWatch's: Minimum, Maximum, Average, Sum, SampleCount, p99, … */
  readonly statistic: string;
  readonly periodSeconds: number;
  /** ms, inclusive. */
  readonly from: number;
  /** ms, exclusive. */
  readonly to: number;
}

export interface SeriesPoint {
  /** Start of the period, ms. */
  readonly at: number;
  readonly value: number;
}

/** An alarm on one metric: the inputs of the program's `aws.cloudwatch.MetricAlarm`, as they are in its resource graph. */
export interface MetricAlarmInputs {
  readonly name: string;
  readonly alarmDescription?: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic: string;
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
  readonly threshold: number;
  readonly comparisonOperator: string;
  readonly treatMissingData?: string;
}

/** Inputs of the program's `aws.cloudwatch.CompositeAlarm`. */
export interface CompositeAlarmInputs {
  readonly name?: string;
  readonly alarmName?: string;
  readonly alarmDescription?: string;
  readonly alarmRule: string;
}

export type AlarmInputs = MetricAlarmInputs | CompositeAlarmInputs;
