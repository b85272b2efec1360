import { DAY, HOUR } from "../base/clock";

/** No outage is worth longer without a look, whatever a CA asks for. */
export const LONGEST_OUTAGE = 1 * HOUR;
/** The longest window of a documented limit (Let's Encrypt: certificates per registered domain, 7 days). */
export const LONGEST_LIMIT = 7 * DAY;

/** What a CA asked for, ms from now, within bounds; what is no number was not asked for. */
export function bounded(retryAfterMs: number | undefined, longest: number): number | undefined {
  if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) return undefined;
  return Math.min(Math.max(retryAfterMs, 0), longest);
}
