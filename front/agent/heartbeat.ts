import type { Clock } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import type { Heartbeat } from "../../core/record/record";
import type { MetricValue } from "../../wire/aws/emf";
import type { FrontLog } from "./front-log";
import type { SelfCheck } from "./self-check";
import type { FrontStore, Sync } from "./sync";
import type { TenantSet } from "./tenant-set";

/** Failed tenants named in one heartbeat: an item holds 400 KB. */
const NAMED = 500;

/** What this front says of itself, to the table and as metrics. */
export class FrontHeartbeat {
  /** What runs on this front and is not what is installed. */
  outdated: readonly string[] = [];

  constructor(
    private readonly identity: Pick<Heartbeat, "front" | "agentVersion" | "thumbprint" | "opensKeys">,
    private readonly parts: { store: FrontStore; sync: Sync; tenants: TenantSet; selfCheck: SelfCheck },
    private readonly log: FrontLog,
    private readonly clock: Clock,
  ) {}

  current(): Heartbeat {
    const { sync, tenants, selfCheck } = this.parts;
    return {
      ...this.identity,
      at: this.clock.now(),
      revision: sync.revision,
      certificates: tenants.certificates,
      haproxyVersion: sync.haproxyInfo?.version ?? "not reachable",
      ready: sync.ready && sync.haproxyInfo !== undefined,
      failed: [...sync.failures].slice(0, NAMED).map(([domain, { problem }]) => ({ domain, problem })),
      ...(selfCheck.latest && { selfCheck: selfCheck.latest }),
      ...(this.outdated.length > 0 && { outdated: this.outdated }),
    };
  }

  async beat(): Promise<void> {
    await this.parts.store.putHeartbeat(this.current());
  }

  /** The last word of a front that stops in order, so that the monitor does not miss it. */
  async leave(): Promise<void> {
    await this.parts.store.putHeartbeat({ ...this.current(), ready: false });
  }

  /** Once a minute. @param syncFailures looks at the table that failed since the last time */
  measure(syncFailures: number): void {
    const { sync, tenants, selfCheck } = this.parts;
    const lagSeconds = sync.completeAt === 0 ? 0 : (this.clock.now() - sync.completeAt) / 1_000;
    const count = (name: string, value: number): MetricValue => ({ name, unit: "Count", value });
    this.log.metrics([
      count(METRICS.frontHeartbeat, 1),
      count(METRICS.frontCertificates, tenants.certificates),
      { name: METRICS.frontRevisionLagSeconds, unit: "Seconds", value: Math.max(0, Math.round(lagSeconds)) },
      count(METRICS.frontSyncFailures, syncFailures + sync.failures.size),
      count(METRICS.frontSelfCheckMismatches, selfCheck.latest?.mismatches.length ?? 0),
    ]);
  }
}
