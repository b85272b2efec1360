import type { Clock } from "../../core/base/clock";
import type { Operator } from "../../core/handover/message";
import type { PublicDns } from "../../core/handover/records";
import type { Store } from "../../core/record/store";
import type { ConsoleAlarm, SeriesPoint, SeriesQuery } from "../aws/cloudwatch/types";

/** What the console reads: of the stack on this machine its own parts, of one on AWS the table and CloudWatch. */
export interface ConsoleSources {
  /** The stack's name, as in the metrics' dimension. */
  readonly stack: string;
  /** Which stack this is and as whom it is read, one sentence for the foot of the page. */
  readonly about: string;
  /** The stack's clock: ages and "since" are told by it. */
  readonly clock: Clock;
  /** Tenants and heartbeats, read with no more rights than status needs: no certificates, no keys. */
  readonly store: Pick<Store, "tenant" | "listTenants" | "servedState" | "heartbeats" | "skippedHeartbeats">;
  /** What the records to set are compared with. */
  readonly dns: PublicDns;
  /** Under messages to customers. */
  readonly operator?: Operator | undefined;
  /** Every alarm of the program, metric and composite, as CloudWatch would list it. */
  alarms(): Promise<readonly ConsoleAlarm[]>;
  /** `dashboardBody` of the program's `aws.cloudwatch.Dashboard`: the console draws these widgets and no others. */
  dashboardBody(): Promise<string>;
  /**
   * Statistics of metrics, for each query oldest first, periods without data left out.
   * @param rangeMs the length of time that the page shows
   */
  series(queries: readonly SeriesQuery[], rangeMs: number): Promise<readonly (readonly SeriesPoint[])[]>;
  /** The shortest period there is. */
  readonly finestSeconds: number;
  /** Has the issuer look at a tenant at once, and renew what it has; absent: the page changes nothing. */
  readonly renew?: ((domain: string) => Promise<void>) | undefined;
}
