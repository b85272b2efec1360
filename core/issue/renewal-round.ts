import { MINUTE, scaled } from "../base/clock";
import type { TenantIndexEntry } from "../record/store";
import { ROUND } from "../renewal/policy";
import type { IssuerPorts } from "./ports";

/** Tenants asked about at once, and how often: 126,000 in a round; more make it longer. */
const PAGE = 200;
const PAGE_EVERY = 1 * MINUTE;

type RoundPorts = Pick<IssuerPorts, "store" | "clock" | "timeScale">;

/** The tenants whose turn it is in the round. */
export interface RoundPage {
  readonly domains: readonly string[];
  /** Goes on to the next ones. False where somebody else has: then these are theirs. */
  take(): Promise<boolean>;
}

/**
 * Certificates that live long are asked about in a round through all tenants, twice a day and a bit: an answer that changes nothing, as nearly all
 * do, then costs no write, for when to ask again is not in the record. How far the round is, is; so a round that is stopped anywhere goes on.
 * @returns undefined while nobody's turn has come: one read
 */
export async function nextInRound({ store, clock, timeScale }: RoundPorts): Promise<RoundPage | undefined> {
  const now = clock.now();
  const round = (await store.renewalRound()) ?? { startedAt: now, next: now };
  if (now < round.next) return undefined;
  const { items, cursor } = await store.listTenants(round.cursor, PAGE);
  const startedAt = round.cursor === undefined ? now : round.startedAt;
  const next = cursor === undefined ? startedAt + scaled(ROUND, timeScale) : now + scaled(PAGE_EVERY, timeScale);
  const later = { startedAt, next: Math.round(Math.max(next, now + 1)), ...(cursor !== undefined && { cursor }) };
  return {
    domains: items.filter((entry) => isInRound(entry, now)).map(({ domain }) => domain),
    take: () => store.putRenewalRound(later, round),
  };
}

function isInRound({ state, certificate, renewal }: TenantIndexEntry, now: number): boolean {
  return state !== "removed" && certificate !== undefined && renewal?.inRound === true && renewal.renewAt > now;
}
