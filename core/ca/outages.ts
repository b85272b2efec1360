import { type Clock, MINUTE, SECOND, scaled } from "../base/clock";
import type { CaOutage, CaState } from "../record/store";
import { bounded, LONGEST_LIMIT, LONGEST_OUTAGE } from "./retry-after";

interface Known {
  /** Of many who ask at once, the first one reads. */
  readonly outage: Promise<CaOutage | undefined>;
  readonly readAt: number;
}

/** After a failure that is the CA's or ours, not the tenant's: it may be over at any time, and nothing is spent by looking. */
const OUTAGE_RETRIES: readonly number[] = [1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];
/** A CA counts as down after so many failures without a success between them, of so many tenants: one name may be all it fails on. */
const STREAK = 3;
const STREAK_TENANTS = 2;
/** While it counts as down, one order in this time asks it all the same. */
const PROBE_EVERY = 1 * MINUTE;
/** How long a worker trusts what it read of a CA's state. */
const FRESH_FOR = 5 * SECOND;
const ATTEMPTS = 5;

/** Which CAs are not worth asking now, remembered in the table so that a thousand tenants do not each find out. */
export class CaOutages {
  private readonly known = new Map<string, Known>();
  /** The last place given in the line of those who ask a CA that is down, by CA. */
  private readonly line = new Map<string, number>();

  constructor(
    private readonly store: Pick<CaState, "outage" | "putOutage">,
    private readonly clock: Clock,
    private readonly timeScale: number,
  ) {}

  /**
   * When to ask this CA again, ms since the epoch; undefined where nothing is known against it, or this asker is the one that
   * looks whether it is back.
   */
  async until(ca: string): Promise<number | undefined> {
    const outage = await this.outage(ca);
    const now = this.clock.now();
    if (!outage) return undefined;
    if (outage.limitedUntil > now) return outage.limitedUntil;
    if (!isDown(outage) || outage.until <= now) return undefined;
    if (outage.probeAt <= now && (await this.takeProbe(outage))) return undefined;
    return this.placeInLine(outage, now);
  }

  /** Whether it counts as down now, whoever asks. */
  async isDown(ca: string): Promise<boolean> {
    const outage = await this.outage(ca);
    return outage !== undefined && isDown(outage) && outage.until > this.clock.now();
  }

  /**
   * A CA failed a tenant. One outage counts once, however many workers meet it.
   * @param retryAfterMs what the CA asked for, ms from now
   * @returns when to ask again, ms since the epoch
   */
  async report(ca: string, tenant: string, retryAfterMs: number | undefined): Promise<number> {
    const asked = bounded(retryAfterMs, LONGEST_OUTAGE) ?? 0;
    for (let attempt = 1; ; attempt++) {
      const now = this.clock.now();
      const outage = await this.stored(ca);
      const lasts = outage !== undefined && isDown(outage) && outage.until > now;
      if (lasts) return Math.max(this.remember(outage).until, now + asked);
      const failures = (outage?.failures ?? 0) + 1;
      const tenants = [...new Set([...(outage?.tenants ?? []), tenant])].slice(-STREAK_TENANTS);
      const down = failures >= STREAK && tenants.length >= STREAK_TENANTS;
      const wait = down ? scaled(outageRetry(failures - STREAK + 1), this.timeScale) : 0;
      const next: CaOutage = {
        ca,
        failures: down ? failures : Math.min(failures, STREAK),
        tenants,
        until: now + Math.max(asked, wait),
        probeAt: now + scaled(PROBE_EVERY, this.timeScale),
        limitedUntil: outage?.limitedUntil ?? 0,
        version: (outage?.version ?? 0) + 1,
      };
      if ((await this.store.putOutage(next)) || attempt === ATTEMPTS) return this.remember(next).until;
    }
  }

  /**
   * A CA has said that a limit of the whole account is used up.
   * @returns when to ask again, ms since the epoch
   */
  async limited(ca: string, retryAfterMs: number | undefined): Promise<number> {
    const wait = Math.max(bounded(retryAfterMs, LONGEST_LIMIT) ?? 0, scaled(outageRetry(1), this.timeScale));
    const outage = (await this.stored(ca)) ?? fresh(ca);
    const limitedUntil = Math.max(outage.limitedUntil, this.clock.now() + wait);
    const next = { ...outage, limitedUntil, version: outage.version + 1 };
    await this.store.putOutage(next);
    return this.remember(next).limitedUntil;
  }

  /** The CA did what it should. */
  async over(ca: string): Promise<void> {
    const outage = await this.outage(ca);
    if (!outage || outage.failures === 0) return;
    const next = { ...outage, failures: 0, tenants: [], until: this.clock.now(), version: outage.version + 1 };
    this.line.delete(ca);
    this.remember(next);
    await this.store.putOutage(next);
  }

  /** One asker a minute, in all processes together. */
  private async takeProbe(outage: CaOutage): Promise<boolean> {
    const probeAt = this.clock.now() + scaled(PROBE_EVERY, this.timeScale);
    const next = { ...outage, probeAt, version: outage.version + 1 };
    const taken = await this.store.putOutage(next);
    if (taken) this.remember(next);
    else this.known.delete(outage.ca);
    return taken;
  }

  /** Who waits comes back a minute after whoever came before, so that somebody is there each minute; the others when it may be over. */
  private placeInLine({ ca, until, probeAt }: CaOutage, now: number): number {
    const last = this.line.get(ca) ?? 0;
    const place = last >= now ? last + scaled(PROBE_EVERY, this.timeScale) : Math.max(probeAt, now);
    if (place >= until) return until;
    this.line.set(ca, place);
    return place;
  }

  private async outage(ca: string): Promise<CaOutage | undefined> {
    const known = this.known.get(ca);
    if (known && this.clock.now() - known.readAt < scaled(FRESH_FOR, this.timeScale)) return known.outage;
    const outage = this.stored(ca);
    this.known.set(ca, { outage, readAt: this.clock.now() });
    return outage.catch((error: unknown) => {
      if (this.known.get(ca)?.outage === outage) this.known.delete(ca);
      throw error;
    });
  }

  /** What is remembered of a CA stands before every tenant's order: what of it does not fit is as if it were not there. */
  private async stored(ca: string): Promise<CaOutage | undefined> {
    const stored: { readonly [member in keyof CaOutage]?: unknown } | undefined = await this.store.outage(ca);
    if (stored === undefined) return undefined;
    const now = this.clock.now();
    const moment = (value: unknown, longest: number): number =>
      typeof value === "number" && value >= 0 && value <= now + longest ? value : 0;
    return {
      ca,
      failures: typeof stored.failures === "number" ? stored.failures : 0,
      tenants: Array.isArray(stored.tenants) ? stored.tenants.filter((one) => typeof one === "string") : [],
      until: moment(stored.until, LONGEST_OUTAGE),
      probeAt: moment(stored.probeAt, LONGEST_OUTAGE),
      limitedUntil: moment(stored.limitedUntil, LONGEST_LIMIT),
      version: typeof stored.version === "number" ? stored.version : 0,
    };
  }

  private remember(outage: CaOutage): CaOutage {
    this.known.set(outage.ca, { outage: Promise.resolve(outage), readAt: this.clock.now() });
    return outage;
  }
}

const fresh = (ca: string): CaOutage => ({
  ca,
  failures: 0,
  tenants: [],
  until: 0,
  probeAt: 0,
  limitedUntil: 0,
  version: 0,
});

function isDown({ failures, tenants }: CaOutage): boolean {
  return failures >= STREAK && tenants.length >= STREAK_TENANTS;
}

/** @param failures failures in a row, this one included; ms */
export function outageRetry(failures: number): number {
  return OUTAGE_RETRIES[Math.max(failures, 1) - 1] ?? 30 * MINUTE;
}
