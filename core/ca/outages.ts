import { type Clock, MINUTE, SECOND, scaled } from "../base/clock";
import type { CaOutage, CaState } from "../record/store";

interface Known {
  readonly outage: CaOutage | undefined;
  readonly readAt: number;
}

/** After a failure that is the CA's or ours, not the tenant's: it may be over at any time, and nothing is spent by looking. */
const OUTAGE_RETRIES: readonly number[] = [1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];

/** How long a worker trusts what it read of a CA's state. */
const FRESH_FOR = 5 * SECOND;

/** Which CAs are not worth asking now, remembered in the table so that a thousand tenants do not each find out. */
export class CaOutages {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly store: Pick<CaState, "outage" | "putOutage">,
    private readonly clock: Clock,
    private readonly timeScale: number,
  ) {}

  /** When to ask this CA again, ms since the epoch; undefined where nothing is known against it. */
  async until(ca: string): Promise<number | undefined> {
    const outage = await this.outage(ca);
    return outage && this.lasts(outage) ? outage.until : undefined;
  }

  /**
   * Remembers that a CA is down or has told us to go away. One outage counts once, however many workers meet it.
   * @param retryAfterMs what the CA asked for, ms from now
   * @returns when to ask again, ms since the epoch
   */
  async report(ca: string, retryAfterMs: number | undefined): Promise<number> {
    const now = this.clock.now();
    const outage = await this.store.outage(ca);
    if (outage && this.lasts(outage)) return this.remember(outage).until;
    const failures = (outage?.failures ?? 0) + 1;
    const wait = Math.max(retryAfterMs ?? 0, scaled(outageRetry(failures), this.timeScale));
    const next = { ca, failures, until: now + wait, version: (outage?.version ?? 0) + 1 };
    await this.store.putOutage(next);
    return this.remember(next).until;
  }

  /** The CA did what it should. */
  async over(ca: string): Promise<void> {
    const outage = await this.outage(ca);
    if (!outage || outage.failures === 0) return;
    const next = { ca, failures: 0, until: this.clock.now(), version: outage.version + 1 };
    this.remember(next);
    await this.store.putOutage(next);
  }

  private lasts({ failures, until }: CaOutage): boolean {
    return failures > 0 && until > this.clock.now();
  }

  private async outage(ca: string): Promise<CaOutage | undefined> {
    const known = this.known.get(ca);
    if (known && this.clock.now() - known.readAt < scaled(FRESH_FOR, this.timeScale)) return known.outage;
    const outage = await this.store.outage(ca);
    this.known.set(ca, { outage, readAt: this.clock.now() });
    return outage;
  }

  private remember(outage: CaOutage): CaOutage {
    this.known.set(outage.ca, { outage, readAt: this.clock.now() });
    return outage;
  }
}

/** @param failures failures in a row, this one included */
function outageRetry(failures: number): number {
  return OUTAGE_RETRIES[Math.max(failures, 1) - 1] ?? 30 * MINUTE;
}
