import type { Clock } from "../../core/base/clock";
import type { Store } from "../../core/record/store";

/** What the console reads. The local stack fills it from its own parts; nothing here changes anything. */
export interface ConsoleSources {
  /** The stack's name, as in the metrics' dimension. */
  readonly stack: string;
  /** The stack's clock: ages and "since" are told by it. */
  readonly clock: Clock;
  /** Tenants and heartbeats, read with no more rights than status needs: no certificates, no keys. */
  readonly store: Pick<Store, "tenant" | "listTenants" | "servedState" | "heartbeats">;
  /** Every alarm of the program, metric and composite, as CloudWatch would list it. */
  alarms(): readonly ConsoleAlarm[];
  /** `dashboardBody` of the program's `aws.cloudwatch.Dashboard`: the console draws these widgets and no others. */
  dashboardBody(): string;
  /** Statistics of one metric, oldest first, periods without data left out. */
  series(query: SeriesQuery): readonly SeriesPoint[];
}

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
