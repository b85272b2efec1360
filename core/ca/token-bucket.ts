import { MINUTE } from "../base/clock";
import type { BucketLevel } from "../record/store";

/** `capacity` uses within `windowMs`, refilled evenly: what Let's Encrypt's limits are. */
export interface Limit {
  readonly capacity: number;
  readonly windowMs: number;
}

/** ms until one more use. */
export function refillMs({ capacity, windowMs }: Limit): number {
  return windowMs / capacity;
}

/** Clocks of two writers differ by no more, ms. */
const CLOCKS_DIFFER = 5 * MINUTE;

/** Uses left now. A bucket never seen is full, and so is one that makes no sense: it would stop every order of the account, for good. */
export function tokensLeft(limit: Limit, level: BucketLevel | undefined, now: number): number {
  if (!level || !Number.isFinite(level.tokens) || !(level.updatedAt <= now + CLOCKS_DIFFER)) return limit.capacity;
  const refilled = (now - level.updatedAt) / refillMs(limit);
  return Math.min(limit.capacity, level.tokens + Math.max(refilled, 0));
}

/** When `tokens` uses will be left, ms since the epoch; not later than now where they are. */
export function whenLeft(limit: Limit, level: BucketLevel | undefined, now: number, tokens: number): number {
  return now + Math.ceil((tokens - tokensLeft(limit, level, now)) * refillMs(limit));
}

/** The level after one use. It may go below nothing: what a CA counted has happened. */
export function afterUse(limit: Limit, level: BucketLevel | undefined, now: number): BucketLevel {
  return { tokens: tokensLeft(limit, level, now) - 1, updatedAt: now, version: (level?.version ?? 0) + 1 };
}
