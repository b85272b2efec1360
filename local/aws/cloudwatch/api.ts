import { gunzipSync } from "node:zlib";
import { arn } from "../account";
import { type ApiCall, json, type Service } from "../api";
import { AwsError } from "../error";
import type { Iam } from "../iam";
import type { MetricStore } from "./metric-store";
import type { AlarmInputs, ConsoleAlarm } from "./types";

export interface CloudWatchParts {
  readonly iam: Iam;
  readonly region: string;
  readonly metrics: MetricStore;
  /** What the program defined, by name. */
  readonly definitions: ReadonlyMap<string, AlarmInputs>;
  /** Bodies, by name. */
  readonly dashboards: ReadonlyMap<string, string>;
  /** The same alarms with their state. */
  alarms(): readonly ConsoleAlarm[];
}

type Body = Readonly<Record<string, unknown>>;

interface Operation {
  readonly answer: (body: Body) => unknown;
  /** What IAM is asked about; absent: the operation knows no resource. */
  readonly resource?: (body: Body) => string;
}

/** CloudWatch as far as `certfront drill` and the console ask. Signing name: `monitoring`. */
export function cloudWatch(parts: CloudWatchParts): Service {
  const operations: Readonly<Record<string, Operation>> = {
    PutMetricData: { answer: (body) => putMetricData(parts.metrics, body) },
    DescribeAlarms: { answer: (body) => describeAlarms(parts, body) },
    DescribeAlarmHistory: {
      answer: (body) => describeAlarmHistory(parts, body),
      resource: ({ AlarmName }) => arn("cloudwatch", parts.region, `alarm:${AlarmName ?? "*"}`),
    },
    GetMetricData: { answer: (body) => getMetricData(parts.metrics, body) },
    GetDashboard: {
      answer: ({ DashboardName }) => getDashboard(parts.dashboards, String(DashboardName)),
      resource: ({ DashboardName }) => arn("cloudwatch", "", `dashboard/${DashboardName}`),
    },
  };
  return async (call) => {
    const operation = operations[call.operation];
    if (!operation)
      throw new AwsError("UnknownOperationException", `CloudWatch: ${call.operation} is not answered here.`);
    const body = bodyOf(call);
    await parts.iam.authorize(call.role, `cloudwatch:${call.operation}`, operation.resource?.(body) ?? "*");
    return json(operation.answer(body));
  };
}

/** The SDK compresses large requests. */
function bodyOf(call: ApiCall): Body {
  const body = call.headers["content-encoding"] === "gzip" ? gunzipSync(call.body) : call.body;
  return JSON.parse(body.toString() || "{}") as Body;
}

function putMetricData(metrics: MetricStore, body: Body): object {
  for (const datum of list(body.MetricData)) {
    const value = Number(datum.Value);
    if (!Number.isFinite(value)) throw new AwsError("InvalidParameterValue", "Only single values are taken here.");
    metrics.put({
      namespace: String(body.Namespace),
      metric: String(datum.MetricName),
      dimensions: Object.fromEntries(list(datum.Dimensions).map(({ Name, Value }) => [String(Name), String(Value)])),
      value,
      at: datum.Timestamp === undefined ? Date.now() : Number(datum.Timestamp) * 1_000,
    });
  }
  return {};
}

function describeAlarms({ definitions, alarms }: CloudWatchParts, body: Body): object {
  const names = Array.isArray(body.AlarmNames) ? body.AlarmNames.map(String) : undefined;
  const prefix = String(body.AlarmNamePrefix ?? "");
  // Unless composite alarms are asked for, AWS lists metric alarms only.
  const types = Array.isArray(body.AlarmTypes) ? body.AlarmTypes.map(String) : ["MetricAlarm"];
  const wanted = alarms().filter(({ name }) => (names ? names.includes(name) : name.startsWith(prefix)));
  const described = wanted.flatMap((alarm) => {
    const definition = definitions.get(alarm.name);
    return definition ? [describe(alarm, definition)] : [];
  });
  return {
    MetricAlarms: types.includes("MetricAlarm") ? described.filter((alarm) => "MetricName" in alarm) : [],
    CompositeAlarms: types.includes("CompositeAlarm") ? described.filter((alarm) => "AlarmRule" in alarm) : [],
  };
}

function describe(alarm: ConsoleAlarm, definition: AlarmInputs): object {
  const common = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description,
    // Nothing is mailed from this machine.
    ActionsEnabled: false,
    AlarmActions: [],
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: alarm.since / 1_000,
    StateTransitionedTimestamp: alarm.since / 1_000,
  };
  if ("alarmRule" in definition) return { ...common, AlarmRule: definition.alarmRule };
  return {
    ...common,
    Namespace: definition.namespace,
    MetricName: definition.metricName,
    Dimensions: Object.entries(definition.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
    Statistic: definition.statistic,
    Period: definition.period,
    EvaluationPeriods: definition.evaluationPeriods,
    DatapointsToAlarm: definition.datapointsToAlarm ?? definition.evaluationPeriods,
    Threshold: definition.threshold,
    ComparisonOperator: definition.comparisonOperator,
    TreatMissingData: definition.treatMissingData ?? "missing",
  };
}

function describeAlarmHistory({ alarms }: CloudWatchParts, body: Body): object {
  // Actions (mails) do not happen here, so their history is empty.
  const asked = body.HistoryItemType === undefined || body.HistoryItemType === "StateUpdate";
  const alarm = alarms().find(({ name }) => name === body.AlarmName);
  const items = (asked ? (alarm?.history ?? []) : []).map((change) => ({
    AlarmName: alarm?.name,
    Timestamp: change.at / 1_000,
    HistoryItemType: "StateUpdate",
    HistorySummary: `Alarm updated from ${change.from} to ${change.to}`,
    HistoryData: JSON.stringify({
      oldState: { stateValue: change.from },
      newState: { stateValue: change.to, stateReason: change.reason },
    }),
  }));
  return { AlarmHistoryItems: items };
}

/** Single metrics, no expressions. */
function getMetricData(metrics: MetricStore, body: Body): object {
  const [from, to] = [Number(body.StartTime) * 1_000, Number(body.EndTime) * 1_000];
  const results = list(body.MetricDataQueries).map(({ Id, MetricStat }) => {
    const { Metric = {}, Period, Stat } = (MetricStat ?? {}) as { Metric?: Body; Period?: unknown; Stat?: unknown };
    const points = metrics.statistics({
      namespace: String(Metric.Namespace),
      metric: String(Metric.MetricName),
      dimensions: Object.fromEntries(list(Metric.Dimensions).map(({ Name, Value }) => [String(Name), String(Value)])),
      statistic: String(Stat),
      periodSeconds: Number(Period),
      from,
      to,
    });
    return {
      Id,
      StatusCode: "Complete",
      Timestamps: points.map(({ at }) => at / 1_000),
      Values: points.map(({ value }) => value),
    };
  });
  return { MetricDataResults: results };
}

function getDashboard(dashboards: ReadonlyMap<string, string>, name: string): object {
  const DashboardBody = dashboards.get(name);
  if (DashboardBody === undefined) throw new AwsError("ResourceNotFound", `There is no dashboard ${name}.`, 404);
  return { DashboardName: name, DashboardBody };
}

function list(value: unknown): Body[] {
  return Array.isArray(value) ? (value as Body[]) : [];
}
