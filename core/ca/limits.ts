import { createHash } from "node:crypto";
import type { Clock } from "../base/clock";
import type { CertificateSummary } from "../record/record";
import type { BucketLevel, Store } from "../record/store";
import { registeredDomain } from "../tenant/domain-name";
import type { CaLimitFigures } from "./known-limits";
import { afterUse, type Limit, refillMs, tokensLeft, whenLeft } from "./token-bucket";

/** A limit of a CA that leaves no room now. */
export interface LimitReached {
  /** As people say it: `300 new orders per 3 hours`. */
  readonly description: string;
  /** ms since the epoch. */
  readonly retryAt: number;
}

export interface OrderToCount {
  readonly names: readonly string[];
  /** The certificate that the order follows, if there is one. */
  readonly replaces: CertificateSummary | undefined;
  /** The CA's own ARI window for that certificate has begun. */
  readonly inAriWindow: boolean;
}

/** One bucket that an order draws from. */
interface Draw {
  readonly id: string;
  readonly limit: Limit;
  readonly description: string;
  /** Uses that have to stay for others. */
  readonly reserve: number;
  /** Looked at only: the CA counts it when something fails. */
  readonly spends: boolean;
}

/** New tenants leave this part of the account's orders to renewals that the CA counts. */
const RESERVED_FOR_RENEWALS = 1 / 5;
const ATTEMPTS = 20;

/**
 * What CAs allow, counted by us in the table so that it is never hit: a CA's own "no" can cost hours, and repeated ones the
 * account. Renewals that a CA does not count are not counted here either.
 */
export class CaLimits {
  private turn: Promise<unknown> = Promise.resolve();
  private readonly lastPlace = new Map<string, number>();
  private mostUsed = 0;

  /** @param figures by the CA's name; a CA that is not in it has no limits known */
  constructor(
    private readonly store: Pick<Store, "bucket" | "putBucket">,
    private readonly clock: Clock,
    private readonly figures: ReadonlyMap<string, CaLimitFigures> = new Map(),
  ) {}

  /**
   * Counts an order about to be placed.
   * @returns undefined where there is room. Otherwise nothing was counted, and each asker gets a time of its own to come back,
   * so that all who wait are served in the order in which they asked
   */
  take(ca: string, order: OrderToCount): Promise<LimitReached | undefined> {
    const draws = this.drawsOf(ca, order);
    if (draws.length === 0) return Promise.resolve(undefined);
    return this.inTurn(async () => {
      const now = this.clock.now();
      for (const draw of draws) {
        const level = await this.store.bucket(draw.id);
        const freeAt = whenLeft(draw.limit, level, now, draw.reserve + 1);
        this.noteUse(draw.limit, level, now);
        if (freeAt > now) return { description: draw.description, retryAt: this.placeInLine(draw, freeAt, now) };
      }
      for (const draw of draws) {
        // Another process may have been faster since the look above.
        if (!draw.spends || (await this.spend(draw.id, draw.limit, draw.reserve))) continue;
        return { description: draw.description, retryAt: this.placeInLine(draw, now + refillMs(draw.limit), now) };
      }
      return undefined;
    });
  }

  /** Counts validations that failed at a CA. */
  async failed(ca: string, names: readonly string[]): Promise<void> {
    const limit = this.figures.get(ca)?.failedValidations;
    if (!limit) return;
    await this.inTurn(async () => {
      for (const name of names) await this.spend(failedId(ca, name), limit);
    });
  }

  /** How much of the account's orders is used up at the CA where it is worst, 0 to 1. */
  async accountUsed(): Promise<number> {
    const now = this.clock.now();
    const used = await Promise.all(
      [...this.figures].map(async ([ca, { ordersPerAccount: limit }]) =>
        limit ? usedFraction(limit, await this.store.bucket(ordersId(ca)), now) : 0,
      ),
    );
    return Math.max(0, ...used);
  }

  /** The worst fraction of any bucket met since the last call, 0 to 1. */
  takeMostUsed(): number {
    const used = this.mostUsed;
    this.mostUsed = 0;
    return used;
  }

  /**
   * Let's Encrypt: an order that says what it replaces, within ARI's window, is exempt from everything; one for the same names
   * as before is exempt from the first two.
   */
  private drawsOf(ca: string, { names, replaces, inAriWindow }: OrderToCount): Draw[] {
    const { ordersPerAccount, certificatesPerDomain, duplicates, failedValidations } = this.figures.get(ca) ?? {};
    const sameCa = replaces?.ca === ca;
    if (sameCa && replaces.ariId !== undefined && inAriWindow) return [];
    const exact = [...names].sort().join();
    const renewal = sameCa && [...replaces.names].sort().join() === exact;
    const draw = (id: string, limit: Limit | undefined, what: string, more: Partial<Draw> = {}): Draw[] =>
      limit ? [{ id, limit, description: describe(limit, what), reserve: 0, spends: true, ...more }] : [];

    const reserve = replaces ? 0 : Math.floor((ordersPerAccount?.capacity ?? 0) * RESERVED_FOR_RENEWALS);
    const domains = [...new Set(names.map((name) => registeredDomain(name) ?? name))];
    return [
      ...names.flatMap((name) =>
        draw(failedId(ca, name), failedValidations, `failed validations of ${name}`, { spends: false }),
      ),
      // The bucket that most fight for comes first: a use spent in vain is back soonest there.
      ...(renewal ? [] : draw(ordersId(ca), ordersPerAccount, "new orders", { reserve })),
      ...(renewal
        ? []
        : domains.flatMap((domain) =>
            draw(`domain#${ca}#${domain}`, certificatesPerDomain, `certificates under ${domain}`),
          )),
      ...draw(`exact#${ca}#${digest(exact)}`, duplicates, "certificates for the same names"),
    ];
  }

  /** One at a time in this process; the table's conditional write arbitrates between processes. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => {});
    return mine;
  }

  /** @returns false where less than the reserve and one more is left, or too many processes fight for the bucket */
  private async spend(id: string, limit: Limit, reserve = Number.NEGATIVE_INFINITY): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const now = this.clock.now();
      const level = await this.store.bucket(id);
      if (tokensLeft(limit, level, now) < reserve + 1) return false;
      const next = afterUse(limit, level, now);
      this.noteUse(limit, next, now);
      if (await this.store.putBucket(id, next)) return true;
    }
    return false;
  }

  /** Whoever is turned away first comes back first, one refill apart. */
  private placeInLine({ id, limit }: Draw, freeAt: number, now: number): number {
    const last = this.lastPlace.get(id) ?? 0;
    const at = last > now ? Math.max(freeAt, last + refillMs(limit)) : freeAt;
    this.lastPlace.set(id, at);
    return Math.round(at);
  }

  private noteUse(limit: Limit, level: BucketLevel | undefined, now: number): void {
    this.mostUsed = Math.max(this.mostUsed, usedFraction(limit, level, now));
  }
}

function usedFraction(limit: Limit, level: BucketLevel | undefined, now: number): number {
  return Math.min(1, 1 - tokensLeft(limit, level, now) / limit.capacity);
}

const ordersId = (ca: string): string => `orders#${ca}`;
const failedId = (ca: string, name: string): string => `failed#${ca}#${name}`;
const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 22);

function describe({ capacity, windowMs }: Limit, what: string): string {
  const hours = windowMs / 3_600_000;
  const window = hours === 1 ? "hour" : hours < 48 ? `${hours} hours` : `${hours / 24} days`;
  return `${capacity} ${what} per ${window}`;
}
