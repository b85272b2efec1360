import type { Clock } from "../../core/base/clock";
import type { Heartbeat } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { byAttention, type Judged, overdue } from "../../core/status/attention";
import { TenantCounter, type TenantCounts } from "../../core/status/counts";
import {
  FRONTS_KNOWN_FOR,
  FRONTS_WITHIN,
  type FrontView,
  FrontViews,
  frontsToShow,
} from "../../core/status/front-view";
import type { ConsoleSources } from "./sources";
import { type Trouble, troubles } from "./trouble";

/** All that one answer is made of, as of one moment: what is counted, listed and said on top cannot contradict itself. */
export interface Snapshot {
  /** When it was read, ms by the stack's clock. */
  readonly at: number;
  /** Of fronts heard of lately. */
  readonly heartbeats: readonly Heartbeat[];
  /** Worst first. */
  readonly entries: readonly Judged[];
  readonly counts: TenantCounts;
  readonly fronts: readonly FrontView[];
  readonly skippedHeartbeats: number;
  readonly trouble: readonly Trouble[];
  /** Those that an alarm about the worst of all speaks of. */
  readonly worst: Worst;
}

export interface Worst {
  readonly overdue?: TenantIndexEntry;
  /** Whose certificate ends first. */
  readonly ending?: TenantIndexEntry;
}

/**
 * The tenants' index as last read. Many requests share one reading, the next comes no sooner than ten times what the last took, and who asks
 * meanwhile gets the last: a console left open costs a large stack next to nothing, and nobody waits for it but the first.
 */
export class TenantSnapshot {
  private last: Snapshot | undefined;
  private reading: Promise<Snapshot> | undefined;
  private staleAt = 0;

  constructor(
    private readonly store: Pick<ConsoleSources["store"], "listTenants" | "heartbeats" | "skippedHeartbeats">,
    private readonly clock: Clock,
  ) {}

  async get(): Promise<Snapshot> {
    if (this.last && performance.now() < this.staleAt) return this.last;
    this.reading ??= this.refresh();
    if (!this.last) return this.reading;
    this.reading.catch(() => {}); // the next who asks hears of it
    return this.last;
  }

  private async refresh(): Promise<Snapshot> {
    const started = performance.now();
    try {
      this.last = await this.read();
      return this.last;
    } catch (error) {
      // What cannot be read any more is not shown as if it were now.
      this.last = undefined;
      throw error;
    } finally {
      this.staleAt = performance.now() + Math.max(1_000, 10 * (performance.now() - started));
      this.reading = undefined;
    }
  }

  private async read(): Promise<Snapshot> {
    const at = this.clock.now();
    const [known, skippedHeartbeats] = await Promise.all([
      this.store.heartbeats(at, FRONTS_KNOWN_FOR),
      this.store.skippedHeartbeats(at),
    ]);
    const heartbeats = known.filter((beat) => at - beat.at < FRONTS_WITHIN);
    const shown = frontsToShow(known, at);
    const counter = new TenantCounter(heartbeats, at);
    const fronts = new FrontViews(shown, at);
    const worst = new WorstOf(at);
    const entries: Judged[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.listTenants(cursor);
      for (const tenant of page.items) {
        const level = counter.add(tenant);
        fronts.add(tenant);
        if (level !== "removed") worst.add(tenant);
        entries.push({ tenant, level });
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    entries.sort(byAttention);
    return {
      at,
      heartbeats,
      entries,
      counts: counter.counts(),
      fronts: fronts.views(),
      skippedHeartbeats,
      trouble: troubles(entries, at),
      worst: { ...worst.found },
    };
  }
}

class WorstOf {
  readonly found: { overdue?: TenantIndexEntry; ending?: TenantIndexEntry } = {};
  private most = 0;
  private soonest = Number.POSITIVE_INFINITY;

  constructor(private readonly now: number) {}

  add(tenant: TenantIndexEntry): void {
    const fraction = overdue(tenant, this.now);
    if (fraction > this.most) {
      this.most = fraction;
      this.found.overdue = tenant;
    }
    const ends = tenant.certificate?.notAfter ?? Number.POSITIVE_INFINITY;
    if (ends < this.soonest) {
      this.soonest = ends;
      this.found.ending = tenant;
    }
  }
}
