import type { Clock } from "../../core/base/clock";
import type { Heartbeat } from "../../core/record/record";
import type { SelfCheck } from "./self-check";
import type { FrontStore, Sync } from "./sync";
import type { TenantSet } from "./tenant-set";

/** Failed tenants named in one heartbeat: an item holds 400 KB. */
const NAMED = 500;

/** What this front says of itself. */
export class FrontHeartbeat {
  /** What runs on this front and is not what is installed. */
  outdated: readonly string[] = [];

  constructor(
    private readonly identity: Pick<Heartbeat, "front" | "role" | "agentVersion" | "thumbprint" | "opensKeys">,
    private readonly parts: { store: FrontStore; sync: Sync; tenants: TenantSet; selfCheck: SelfCheck },
    private readonly clock: Clock,
  ) {}

  current(): Heartbeat {
    const { sync, tenants, selfCheck } = this.parts;
    const failing = [...sync.failures].sort(([, a], [, b]) => a.revision - b.revision);
    const unnamed = failing[NAMED]?.[1];
    return {
      ...this.identity,
      at: this.clock.now(),
      // Whatever is not named below counts as not reached.
      revision: unnamed ? Math.min(sync.revision, unnamed.revision - 1) : sync.revision,
      ...(sync.completeAt > 0 && { caughtUpAt: sync.completeAt }),
      certificates: tenants.certificates,
      haproxyVersion: sync.haproxyInfo?.version ?? "not reachable",
      ready: sync.ready && sync.haproxyInfo !== undefined,
      failed: failing.slice(0, NAMED).map(([domain, { problem }]) => ({ domain, problem })),
      ...(selfCheck.latest && { selfCheck: selfCheck.latest }),
      ...(this.outdated.length > 0 && { outdated: this.outdated }),
    };
  }

  async beat(): Promise<void> {
    await this.parts.store.putHeartbeat(this.current());
  }

  /** Of a front that stops in order: the monitor does not miss it, and nothing waits for it. */
  async leave(): Promise<void> {
    await this.parts.store.removeHeartbeat(this.identity);
  }
}
