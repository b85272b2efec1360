import type { Clock } from "../../core/base/clock";
import type { Operator } from "../../core/handover/message";
import type { PublicDns } from "../../core/handover/records";
import type { Store } from "../../core/record/store";
import type { ConsoleAlarm, SeriesPoint, SeriesQuery } from "../aws/cloudwatch/types";

/** What the console reads. The local stack fills it from its own parts; nothing here changes anything. */
export interface ConsoleSources {
  /** The stack's name, as in the metrics' dimension. */
  readonly stack: string;
  /** The stack's clock: ages and "since" are told by it. */
  readonly clock: Clock;
  /** Tenants and heartbeats, read with no more rights than status needs: no certificates, no keys. */
  readonly store: Pick<Store, "tenant" | "listTenants" | "servedState" | "heartbeats" | "skippedHeartbeats">;
  /** What the records to set are compared with. */
  readonly dns: PublicDns;
  /** Under messages to customers. */
  readonly operator?: Operator;
  /** Every alarm of the program, metric and composite, as CloudWatch would list it. */
  alarms(): readonly ConsoleAlarm[];
  /** `dashboardBody` of the program's `aws.cloudwatch.Dashboard`: the console draws these widgets and no others. */
  dashboardBody(): string;
  /** Statistics of one metric, oldest first, periods without data left out. */
  series(query: SeriesQuery): readonly SeriesPoint[];
}
