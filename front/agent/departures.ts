import { MINUTE } from "../../core/base/clock";
import type { FrontItem, Heir } from "../../core/record/record";
import { namesOf } from "../../core/tenant/tenant";
import { type HeldTenant, servedNamesOf } from "./held-tenant";

/** An heir that has not come to this front by then does not come. */
const LONGEST = 10 * MINUTE;

interface Departure {
  readonly previous: HeldTenant;
  readonly heirs: readonly Heir[];
  readonly until: number;
}

/**
 * What tenants had and others are to have, and is served as it was until those others' items are here: of two items of one change, any
 * may come first, and one may fail.
 */
export class Departures {
  private readonly waiting = new Set<Departure>();
  /** Tombstones seen, which may be heirs themselves. */
  private readonly tombstones = new Map<string, Pick<FrontItem, "revision" | "heirs">>();

  constructor(private readonly held: (domain: string) => Pick<HeldTenant, "revision" | "heirs"> | undefined) {}

  removed({ domain, revision, heirs }: FrontItem): void {
    this.tombstones.set(domain, { revision, ...(heirs && { heirs }) });
  }

  /** @returns whether `previous` has to be served on */
  postpone(previous: HeldTenant, next: HeldTenant | undefined, heirs: readonly Heir[] = [], now: number): boolean {
    const kept = next ? namesOf(next.tenant) : [];
    const isLosing = servedNamesOf(previous).some((name) => !kept.includes(name));
    if (!isLosing || this.haveCome(heirs, new Set([previous.domain]))) return false;
    this.waiting.add({ previous, heirs, until: now + LONGEST });
    return true;
  }

  includes(domain: string): boolean {
    return [...this.waiting].some(({ previous }) => previous.domain === domain);
  }

  /** What is served for heirs. */
  all(): HeldTenant[] {
    return [...this.waiting].map(({ previous }) => previous);
  }

  /** What need not be served any longer; it is not given again. */
  ended(now: number): HeldTenant[] {
    const ended = [...this.waiting].filter(
      ({ previous, heirs, until }) => now >= until || this.haveCome(heirs, new Set([previous.domain])),
    );
    for (const one of ended) this.waiting.delete(one);
    return ended.map(({ previous }) => previous);
  }

  clear(): void {
    this.waiting.clear();
  }

  /** With the heirs' heirs: a name may have moved on meanwhile. */
  private haveCome(heirs: readonly Heir[], seen: ReadonlySet<string>): boolean {
    return heirs.every(({ domain, revision }) => {
      if (seen.has(domain)) return true;
      const known = this.held(domain) ?? this.tombstones.get(domain);
      return (
        known !== undefined &&
        known.revision >= revision &&
        this.haveCome(known.heirs ?? [], new Set([...seen, domain]))
      );
    });
  }
}
