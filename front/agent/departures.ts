import { MINUTE } from "../../core/base/clock";
import type { FrontItem, Heir } from "../../core/record/record";
import { namesOf } from "../../core/tenant/tenant";
import { type Departure, type HeldTenant, servedNamesOf } from "./held-tenant";
import type { TenantFiles } from "./tenant-files";

/** An heir that has not come to this front by then does not come. */
const LONGEST = 10 * MINUTE;

/**
 * What tenants had and others are to have, and is served as it was until those others' items are here: of two items of one change, any
 * may come first, and one may fail. Written down, so that a restart in between loses nothing.
 */
export class Departures {
  private readonly waiting = new Set<Departure>();
  /** Tombstones seen, which may be heirs themselves. After a restart the table shows them again. */
  private readonly tombstones = new Map<string, Pick<FrontItem, "revision" | "heirs">>();

  constructor(
    private readonly held: (domain: string) => Pick<HeldTenant, "revision" | "heirs"> | undefined,
    private readonly files: Pick<TenantFiles, "departures" | "saveDeparture" | "removeDeparture">,
  ) {}

  async readDisk(now: number): Promise<void> {
    for (const one of await this.files.departures())
      this.waiting.add({ ...one, until: Math.min(one.until, now + LONGEST) });
  }

  removed({ domain, revision, heirs }: FrontItem): void {
    this.tombstones.set(domain, { revision, ...(heirs && { heirs }) });
  }

  /** @returns whether `previous` has to be served on */
  async postpone(
    previous: HeldTenant,
    next: HeldTenant | undefined,
    heirs: readonly Heir[] = [],
    now: number,
  ): Promise<boolean> {
    const kept = next ? namesOf(next.tenant) : [];
    const isLosing = servedNamesOf(previous).some((name) => !kept.includes(name));
    if (!isLosing || this.haveCome(heirs, new Set([previous.domain]))) return false;
    const departure = { previous, heirs, until: now + LONGEST };
    await this.files.saveDeparture(departure);
    this.waiting.add(departure);
    return true;
  }

  includes(domain: string): boolean {
    return [...this.waiting].some(({ previous }) => previous.domain === domain);
  }

  /** What is served for heirs. */
  all(): HeldTenant[] {
    return [...this.waiting].map(({ previous }) => previous);
  }

  /** What need not be served any longer; until told that it is over, it is given again. */
  due(now: number): Departure[] {
    return [...this.waiting].filter(
      ({ previous, heirs, until }) => now >= until || this.haveCome(heirs, new Set([previous.domain])),
    );
  }

  async over(departure: Departure): Promise<void> {
    this.waiting.delete(departure);
    await this.files.removeDeparture(departure);
  }

  /** With the heirs' heirs: a name may have moved on meanwhile. Items come from the table: what is no heir is left out. */
  private haveCome(said: unknown, seen: ReadonlySet<string>): boolean {
    return heirsIn(said).every(({ domain, revision }) => {
      if (seen.has(domain)) return true;
      const known = this.held(domain) ?? this.tombstones.get(domain);
      return (
        known !== undefined && known.revision >= revision && this.haveCome(known.heirs, new Set([...seen, domain]))
      );
    });
  }
}

function heirsIn(said: unknown): Heir[] {
  if (!Array.isArray(said)) return [];
  return said.filter((one) => typeof one?.domain === "string" && Number.isFinite(one.revision));
}
