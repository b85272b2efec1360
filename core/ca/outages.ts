import { type Clock, MINUTE, SECOND, scaled } from "../base/clock";
import type { BucketLevel, Store } from "../record/store";

interface Known {
  readonly level: BucketLevel | undefined;
  readonly readAt: number;
}

/** After a failure that is the CA's or ours, not the tenant's: it may be over at any time, and nothing is spent by looking. */
const OUTAGE_RETRIES: readonly number[] = [1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];

/** How long a worker trusts what it read of a CA's state. */
const FRESH_FOR = 5 * SECOND;

/**
 * Which CAs are not worth asking now, remembered in the table so that a thousand tenants do not each find out. Kept as a
 * bucket: `tokens` counts the failures in a row, `updatedAt` is the end of the outage as far as we know.
 */
export class CaOutages {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly store: Pick<Store, "bucket" | "putBucket">,
    private readonly clock: Clock,
    private readonly timeScale: number,
  ) {}

  /** When to ask this CA again, ms since the epoch; undefined where nothing is known against it. */
  async until(ca: string): Promise<number | undefined> {
    const level = await this.level(ca);
    return level && level.tokens > 0 && level.updatedAt > this.clock.now() ? level.updatedAt : undefined;
  }

  /**
   * Remembers that a CA is down or has told us to go away. One outage counts once, however many workers meet it.
   * @param retryAfterMs what the CA asked for, ms from now
   * @returns when to ask again, ms since the epoch
   */
  async report(ca: string, retryAfterMs: number | undefined): Promise<number> {
    const now = this.clock.now();
    const level = await this.store.bucket(idOf(ca));
    if (level && level.tokens > 0 && level.updatedAt > now) return this.remember(ca, level).updatedAt;
    const failures = (level?.tokens ?? 0) + 1;
    const wait = Math.max(retryAfterMs ?? 0, scaled(outageRetry(failures), this.timeScale));
    const next = { tokens: failures, updatedAt: now + wait, version: (level?.version ?? 0) + 1 };
    await this.store.putBucket(idOf(ca), next);
    return this.remember(ca, next).updatedAt;
  }

  /** The CA did what it should. */
  async over(ca: string): Promise<void> {
    const level = await this.level(ca);
    if (!level || level.tokens === 0) return;
    const next = { tokens: 0, updatedAt: this.clock.now(), version: level.version + 1 };
    this.remember(ca, next);
    await this.store.putBucket(idOf(ca), next);
  }

  private async level(ca: string): Promise<BucketLevel | undefined> {
    const known = this.known.get(ca);
    if (known && this.clock.now() - known.readAt < scaled(FRESH_FOR, this.timeScale)) return known.level;
    const level = await this.store.bucket(idOf(ca));
    this.known.set(ca, { level, readAt: this.clock.now() });
    return level;
  }

  private remember(ca: string, level: BucketLevel): BucketLevel {
    this.known.set(ca, { level, readAt: this.clock.now() });
    return level;
  }
}

function idOf(ca: string): string {
  return `outage#${ca}`;
}

/** @param failures failures in a row, this one included */
function outageRetry(failures: number): number {
  return OUTAGE_RETRIES[Math.max(failures, 1) - 1] ?? 30 * MINUTE;
}
