import type { Clock } from "../../core/base/clock";
import type { TenantIndexEntry } from "../../core/record/store";
import { compareAttention } from "../../core/status/attention";
import { TenantCounter, type TenantCounts } from "../../core/status/counts";
import { FRONTS_WITHIN } from "../../core/status/front-view";
import type { ConsoleSources } from "./sources";

export interface Snapshot {
  /** When it was read, ms by the stack's clock. */
  readonly at: number;
  /** Worst first. */
  readonly tenants: readonly TenantIndexEntry[];
  readonly counts: TenantCounts;
}

/**
 * The tenants' index as last read. Many requests share one reading, and the next comes no sooner than ten times what the last took, so
 * that a console left open costs a large stack next to nothing.
 */
export class TenantSnapshot {
  private current: Promise<Snapshot> | undefined;
  private staleAt = 0;

  constructor(
    private readonly store: Pick<ConsoleSources["store"], "listTenants" | "heartbeats">,
    private readonly clock: Clock,
  ) {}

  get(): Promise<Snapshot> {
    if (this.current && performance.now() < this.staleAt) return this.current;
    this.staleAt = Number.POSITIVE_INFINITY;
    const started = performance.now();
    const reading = this.read().finally(() => {
      this.staleAt = performance.now() + Math.max(1_000, 10 * (performance.now() - started));
    });
    // A reading that fails is not kept: the next request tries again.
    reading.catch(() => {
      if (this.current === reading) this.current = undefined;
    });
    this.current = reading;
    return reading;
  }

  private async read(): Promise<Snapshot> {
    const at = this.clock.now();
    const heartbeats = await this.store.heartbeats(at, FRONTS_WITHIN);
    const counter = new TenantCounter(heartbeats, at);
    const tenants: TenantIndexEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.listTenants(cursor);
      for (const tenant of page.items) counter.add(tenant);
      tenants.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return { at, tenants: tenants.sort(compareAttention(heartbeats, at)), counts: counter.counts() };
  }
}
