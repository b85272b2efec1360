import {
  type AlarmHistoryItem,
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmHistoryCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  type MetricAlarm,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import { MINUTE, SECOND } from "../../core/base/clock";
import { inParallel } from "../../core/base/in-parallel";
import { namedIn } from "../../local/aws/cloudwatch/alarm-rule";
import type {
  AlarmState,
  AlarmTransition,
  ConsoleAlarm,
  SeriesPoint,
  SeriesQuery,
} from "../../local/aws/cloudwatch/types";
import type { ConsoleSources } from "../../local/console/sources";
import { alarmsOf } from "../alarms";
import type { Reader } from "../reader";
import { Kept } from "./kept";

/** CloudWatch evaluates once a minute, and each look costs; a page asks every two seconds. */
const ALARMS_FOR = 10 * SECOND;
const SERIES_FOR = MINUTE;
const DASHBOARD_FOR = 10 * MINUTE;
/** GetMetricData's own limit. */
const QUERIES_AT_ONCE = 500;
const HISTORY_SHOWN = 20;
/** CloudWatch answers twenty such questions a second. */
const HISTORIES_AT_ONCE = 5;

interface Place {
  /** The alarms' prefix. */
  readonly stack: string;
  readonly dashboard: string;
  readonly region: string;
  readonly credentials: Reader["credentials"];
}

/** What CloudWatch has of a stack, each answer kept for as long as it may hold. Reads only. */
export class CloudWatch implements Pick<ConsoleSources, "alarms" | "dashboardBody" | "series" | "finestSeconds"> {
  readonly finestSeconds = 60;
  private readonly client: CloudWatchClient;
  private readonly listed = new Kept<readonly ConsoleAlarm[]>(ALARMS_FOR);
  private readonly drawn = new Kept<string>(DASHBOARD_FOR);
  /** By length of time, ms: a page shows one of a few. */
  private readonly measured = new Map<number, Kept<readonly (readonly SeriesPoint[])[]>>();
  /** By alarm: between two changes of its state there is nothing new. */
  private readonly histories = new Map<
    string,
    { readonly since: number; readonly history: readonly AlarmTransition[] }
  >();

  constructor(private readonly place: Place) {
    const { region, credentials } = place;
    this.client = new CloudWatchClient({ region, credentials });
  }

  alarms(): Promise<readonly ConsoleAlarm[]> {
    return this.listed.get(() => this.readAlarms());
  }

  dashboardBody(): Promise<string> {
    return this.drawn.get(async () => {
      const { DashboardBody } = await this.client.send(
        new GetDashboardCommand({ DashboardName: this.place.dashboard }),
      );
      return DashboardBody ?? '{"widgets":[]}';
    });
  }

  series(queries: readonly SeriesQuery[], rangeMs: number): Promise<readonly (readonly SeriesPoint[])[]> {
    const kept = this.measured.get(rangeMs) ?? new Kept(SERIES_FOR);
    this.measured.set(rangeMs, kept);
    return kept.get(() => this.readSeries(queries));
  }

  private async readAlarms(): Promise<ConsoleAlarm[]> {
    const { metric, composite } = await alarmsOf(this.client, this.place.stack);
    const alarms = [...metric, ...composite];
    await inParallel(alarms, HISTORIES_AT_ONCE, (alarm) => this.readHistory(alarm));
    return [
      ...metric.map((alarm) => ({ ...this.seen(alarm), threshold: alarm.Threshold ?? 0, composite: false })),
      ...composite.map((alarm) => ({
        ...this.seen(alarm),
        composite: true,
        parts: namedIn(alarm.AlarmRule ?? ""),
      })),
    ];
  }

  private seen(alarm: MetricAlarm | CompositeAlarm): Omit<ConsoleAlarm, "composite"> {
    return {
      name: alarm.AlarmName ?? "",
      description: alarm.AlarmDescription ?? "",
      state: alarm.StateValue ?? "INSUFFICIENT_DATA",
      reason: alarm.StateReason ?? "",
      since: changedAt(alarm),
      history: this.histories.get(alarm.AlarmName ?? "")?.history ?? [],
    };
  }

  private async readHistory(alarm: MetricAlarm | CompositeAlarm): Promise<void> {
    const { AlarmName = "" } = alarm;
    const since = changedAt(alarm);
    if (this.histories.get(AlarmName)?.since === since) return;
    const { AlarmHistoryItems = [] } = await this.client.send(
      new DescribeAlarmHistoryCommand({
        AlarmName,
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        HistoryItemType: "StateUpdate",
        ScanBy: "TimestampDescending",
        MaxRecords: HISTORY_SHOWN,
      }),
    );
    this.histories.set(AlarmName, { since, history: AlarmHistoryItems.flatMap(transitionOf) });
  }

  private async readSeries(queries: readonly SeriesQuery[]): Promise<SeriesPoint[][]> {
    const points = queries.map((): SeriesPoint[] => []);
    const [first] = queries;
    if (!first) return points;
    for (let at = 0; at < queries.length; at += QUERIES_AT_ONCE) {
      const some = queries.slice(at, at + QUERIES_AT_ONCE).map((query, index) => metricQuery(query, `q${at + index}`));
      let token: string | undefined;
      do {
        const page = await this.client.send(
          new GetMetricDataCommand({
            MetricDataQueries: some,
            StartTime: new Date(Math.min(...queries.map(({ from }) => from))),
            EndTime: new Date(first.to),
            ScanBy: "TimestampAscending",
            ...(token && { NextToken: token }),
          }),
        );
        for (const { Id = "", Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
          const known = points[Number(Id.slice(1))];
          for (const [index, time] of Timestamps.entries())
            known?.push({ at: time.getTime(), value: Values[index] ?? 0 });
        }
        token = page.NextToken;
      } while (token);
    }
    return points;
  }
}

function metricQuery(
  { namespace, metric, dimensions, statistic, periodSeconds }: SeriesQuery,
  id: string,
): MetricDataQuery {
  return {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodSeconds,
      Stat: statistic,
    },
  };
}

/** Since when the state is what it is: an alarm may be updated without a change of state. */
function changedAt(alarm: MetricAlarm | CompositeAlarm): number {
  return (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime() ?? 0;
}

const STATES: readonly AlarmState[] = ["OK", "ALARM", "INSUFFICIENT_DATA"];

/** `HistoryData` is JSON in a string; what is not understood is left out. */
function transitionOf({ Timestamp, HistoryData }: AlarmHistoryItem): AlarmTransition[] {
  try {
    const { oldState, newState } = JSON.parse(HistoryData ?? "") as Record<string, Record<string, unknown> | undefined>;
    const from = STATES.find((state) => state === oldState?.stateValue);
    const to = STATES.find((state) => state === newState?.stateValue);
    if (!from || !to) return [];
    return [{ at: Timestamp?.getTime() ?? 0, from, to, reason: String(newState?.stateReason ?? "") }];
  } catch {
    return [];
  }
}
