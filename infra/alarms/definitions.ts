import { METRIC_NAMESPACE, METRICS } from "../../core/base/metrics";
import { LIST_SHARDS } from "../../store/keys";
import { type AlarmKey, describeAlarm, SEVERITIES } from "./texts";
import type { AlarmContext, AlarmDefinition, MetricAlarm } from "./types";

/** How many shards of the tenants' index one complete sweep of the monitor reports, one heartbeat each. */
export const SHARDS_PER_SWEEP = LIST_SHARDS;

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;

type Measure<Text> = Pick<
  MetricAlarm<Text>,
  | "namespace"
  | "metricName"
  | "dimensions"
  | "statistic"
  | "period"
  | "evaluationPeriods"
  | "datapointsToAlarm"
  | "threshold"
  | "comparisonOperator"
  | "treatMissingData"
>;

/**
 * Every alarm of a stack, the composite that pages last. Pure data: the program makes resources of it, the local stack and the
 * tests evaluate it. CloudWatch allows period × evaluationPeriods of at most a day for periods under an hour, else a week.
 */
export function alarmDefinitions<Text>(context: AlarmContext<Text>): AlarmDefinition<Text>[] {
  const measures = measuresOf(context);
  const keys = Object.keys(measures) as (keyof typeof measures)[];
  const metricAlarms = keys.map(
    (key): MetricAlarm<Text> => ({
      kind: "metric",
      key,
      name: alarmName(context.stack, key),
      severity: SEVERITIES[key],
      notifies: SEVERITIES[key] === "warn",
      alarmDescription: describeAlarm(key, context),
      ...measures[key],
    }),
  );
  const paging = metricAlarms.filter((alarm) => alarm.severity === "page");
  return [
    ...metricAlarms,
    {
      kind: "composite",
      key: "page",
      name: alarmName(context.stack, "page"),
      severity: SEVERITIES.page,
      notifies: true,
      alarmDescription: describeAlarm("page", context),
      alarmRule: paging.map((alarm) => `ALARM("${alarm.name}")`).join(" OR "),
    },
  ];
}

export const alarmName = (stack: string, key: AlarmKey): string => `${stack}-${key}`;

function measuresOf<Text>(context: AlarmContext<Text>): Record<Exclude<AlarmKey, "page">, Measure<Text>> {
  const own = (metricName: string, statistic: Measure<Text>["statistic"]) => ({
    namespace: METRIC_NAMESPACE,
    metricName,
    // Plain text is a Text too: Pulumi's Input<string> takes strings.
    dimensions: { stack: context.stack as Text },
    statistic,
  });
  const lambda = (functionName: string, metricName: "Errors" | "Throttles", over: Window = HALF_HOUR) => ({
    namespace: "AWS/Lambda",
    metricName,
    dimensions: { FunctionName: functionName as Text },
    statistic: "Sum" as const,
    ...atLeast(1, over),
  });
  const fronts = { LoadBalancer: context.loadBalancer, TargetGroup: context.targetGroup };
  // What the monitor last saw holds until it sees better: its silence must not clear an alarm, and has an alarm of its own.
  const hourly = { period: HOUR_SECONDS, missing: "ignore" } as const;
  return {
    "renewal-overdue": { ...own(METRICS.overdueFractionMax, "Maximum"), ...atLeast(2 / 30, { ...hourly, of: 1 }) },
    "renewal-overdue-page": { ...own(METRICS.overdueFractionMax, "Maximum"), ...atLeast(0.3, { ...hourly, of: 1 }) },
    // Without any certificate there is nothing to measure, and an alarm that kept its state would ring for ever.
    "expiry-emergency": {
      ...own(METRICS.daysToExpiryMin, "Minimum"),
      ...below(2, { ...hourly, of: 1, missing: "missing" }),
    },
    "names-unreachable": { ...own(METRICS.namesUnreachable, "Sum"), ...atLeast(1, { ...hourly, of: 2 }) },
    "served-mismatch": { ...own(METRICS.servedMismatches, "Sum"), ...atLeast(1, { ...hourly, of: 2 }) },
    "dns-warnings": { ...own(METRICS.dnsWarnings, "Sum"), ...atLeast(1, { ...hourly, of: 3 }) },
    "oldest-pending": {
      ...own(METRICS.oldestPendingSeconds, "Maximum"),
      ...atLeast(6 * HOUR_SECONDS, { ...hourly, of: 1 }),
    },
    "monitor-silent": {
      ...own(METRICS.monitorHeartbeat, "Sum"),
      ...below(SHARDS_PER_SWEEP, { period: HOUR_SECONDS, of: 2, missing: "breaching" }),
    },
    "reconcile-silent": {
      ...own(METRICS.reconcileHeartbeat, "Sum"),
      ...below(1, { period: 5 * MINUTE_SECONDS, of: 6, missing: "breaching" }),
    },
    "issuer-errors": lambda(context.functions.issuer, "Errors"),
    "issuer-throttles": lambda(context.functions.issuer, "Throttles"),
    "monitor-throttles": lambda(context.functions.monitor, "Throttles"),
    // It runs once an hour.
    "monitor-errors": lambda(context.functions.monitor, "Errors", {
      period: HOUR_SECONDS,
      of: 3,
      bad: 2,
      missing: "notBreaching",
    }),
    "dead-letters": {
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: context.deadLetterQueue as Text },
      statistic: "Maximum",
      ...atLeast(1, { period: 5 * MINUTE_SECONDS, of: 1, missing: "notBreaching" }),
    },
    "orders-failing": {
      ...own(METRICS.ordersFailed, "Sum"),
      ...atLeast(1, { period: HOUR_SECONDS, of: 6, missing: "notBreaching" }),
    },
    "ca-limit": {
      ...own(METRICS.caLimitUsedMax, "Maximum"),
      ...atLeast(0.9, { period: 5 * MINUTE_SECONDS, of: 3, missing: "notBreaching" }),
    },
    "front-lag": {
      ...own(METRICS.frontRevisionLagSeconds, "Maximum"),
      ...atLeast(5 * MINUTE_SECONDS, { period: MINUTE_SECONDS, of: 10, missing: "notBreaching" }),
    },
    "front-self-check": {
      ...own(METRICS.frontSelfCheckMismatches, "Maximum"),
      ...atLeast(1, { period: 5 * MINUTE_SECONDS, of: 3, missing: "notBreaching" }),
    },
    "front-sync-failures": {
      ...own(METRICS.frontSyncFailures, "Sum"),
      ...atLeast(1, { period: 5 * MINUTE_SECONDS, of: 6, missing: "notBreaching" }),
    },
    "fronts-stale": { ...own(METRICS.frontsStale, "Maximum"), ...atLeast(1, { ...hourly, of: 2 }) },
    "fronts-outdated": { ...own(METRICS.frontsOutdated, "Maximum"), ...atLeast(1, { ...hourly, of: 2 }) },
    "unhealthy-fronts": {
      namespace: "AWS/NetworkELB",
      metricName: "UnHealthyHostCount",
      dimensions: fronts,
      statistic: "Maximum",
      // A front that boots counts as unhealthy until it has loaded every certificate, nine of eleven minutes where fronts are replaced one after another. One that
      // never does is given up after ten, and the next follows at once.
      ...atLeast(1, { period: MINUTE_SECONDS, of: 45, bad: 39, missing: "notBreaching" }),
    },
    // Each zone's node counts for itself; where all see too few, there are too few. Without any target no-healthy-front pages.
    "too-few-fronts": {
      namespace: "AWS/NetworkELB",
      metricName: "HealthyHostCount",
      dimensions: fronts,
      statistic: "Maximum",
      ...below(context.minFronts, { period: 5 * MINUTE_SECONDS, of: 6, missing: "notBreaching" }),
    },
    "no-healthy-front": {
      namespace: "AWS/NetworkELB",
      metricName: "HealthyHostCount",
      dimensions: fronts,
      statistic: "Maximum",
      ...below(1, { period: MINUTE_SECONDS, of: 3, missing: "breaching" }),
    },
  };
}

interface Window {
  /** Seconds. */
  readonly period: number;
  /** Evaluation periods. */
  readonly of: number;
  /** How many of them must be bad; all unless said. */
  readonly bad?: number;
  readonly missing: MetricAlarm["treatMissingData"];
}

/** Three bad stretches of five minutes: a single failure is retried and heals by itself. */
const HALF_HOUR: Window = { period: 5 * MINUTE_SECONDS, of: 6, bad: 3, missing: "notBreaching" };

function window({ period, of, bad = of, missing }: Window) {
  return { period, evaluationPeriods: of, datapointsToAlarm: bad, treatMissingData: missing };
}

function atLeast(threshold: number, over: Window) {
  return { threshold, comparisonOperator: "GreaterThanOrEqualToThreshold" as const, ...window(over) };
}

function below(threshold: number, over: Window) {
  return { threshold, comparisonOperator: "LessThanThreshold" as const, ...window(over) };
}
