import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { clientSettings } from "./clients";
import type { DrillAlarm, DrillPlan } from "./drill-plan";
import type { Target } from "./target";

/** A composite alarm that rings when its parts do. */
export interface CompositeState {
  readonly name: string;
  readonly state: string;
  readonly rule: string;
  readonly actions: readonly string[];
}

/** Every metric alarm and composite alarm whose name begins with `<stack>-`, in CloudWatch's words. */
export async function alarmsOf(
  client: CloudWatchClient,
  stack: string,
): Promise<{ metric: MetricAlarm[]; composite: CompositeAlarm[] }> {
  const metric: MetricAlarm[] = [];
  const composite: CompositeAlarm[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: `${stack}-`,
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        ...(token && { NextToken: token }),
      }),
    );
    metric.push(...(page.MetricAlarms ?? []));
    composite.push(...(page.CompositeAlarms ?? []));
    token = page.NextToken;
  } while (token);
  return { metric, composite };
}

/** The stack's alarms in CloudWatch: looked at, and given values. */
export class Alarms {
  private readonly client: CloudWatchClient;

  constructor(target: Target) {
    this.client = new CloudWatchClient(clientSettings(target, target.local?.cloudwatch));
  }

  /** Every metric alarm and composite alarm whose name begins with `<stack>-`. */
  async list(stack: string): Promise<{ metric: DrillAlarm[]; composite: CompositeState[] }> {
    const { metric, composite } = await alarmsOf(this.client, stack);
    return { metric: metric.map(drillAlarm), composite: composite.map(compositeState) };
  }

  /** Present states by name. */
  async states(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const answer = await this.client.send(
      new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    const all = [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])];
    return new Map(all.map(({ AlarmName = "", StateValue = "" }) => [AlarmName, StateValue]));
  }

  /** What CloudWatch's history says of an alarm's actions since `from`, ms: `Successfully executed action arn:…`. */
  async actionsSince(name: string, from: number): Promise<string[]> {
    const answer = await this.client.send(
      new DescribeAlarmHistoryCommand({
        AlarmName: name,
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        HistoryItemType: "Action",
        StartDate: new Date(from),
      }),
    );
    return (answer.AlarmHistoryItems ?? []).map(({ HistorySummary = "" }) => HistorySummary);
  }

  async put({ alarm, value, timestamps }: DrillPlan): Promise<void> {
    await this.client.send(
      new PutMetricDataCommand({
        Namespace: alarm.namespace,
        MetricData: timestamps.map((at) => ({
          MetricName: alarm.metric,
          Dimensions: [...alarm.dimensions],
          Timestamp: new Date(at),
          Value: value,
        })),
      }),
    );
  }
}

function compositeState(alarm: CompositeAlarm): CompositeState {
  return {
    name: alarm.AlarmName ?? "",
    state: alarm.StateValue ?? "",
    rule: alarm.AlarmRule ?? "",
    actions: alarm.ActionsEnabled ? (alarm.AlarmActions ?? []) : [],
  };
}

function drillAlarm(alarm: MetricAlarm): DrillAlarm {
  return {
    name: alarm.AlarmName ?? "",
    state: alarm.StateValue ?? "",
    namespace: alarm.Namespace ?? "",
    metric: alarm.MetricName ?? "",
    dimensions: (alarm.Dimensions ?? []).map(({ Name = "", Value = "" }) => ({ Name, Value })),
    statistic: alarm.Statistic ?? "",
    periodSeconds: alarm.Period ?? 0,
    evaluationPeriods: alarm.EvaluationPeriods ?? 1,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods ?? 1,
    threshold: alarm.Threshold ?? 0,
    comparison: alarm.ComparisonOperator ?? "",
    actions: alarm.ActionsEnabled ? (alarm.AlarmActions ?? []) : [],
  };
}
