/** The only source of time. Everything that decides takes one, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** ECMAScript's dates end here, ms since the epoch. */
const LAST_DATE = 8.64e15;

/** ISO 8601, UTC; "unknown" for what is no date: it was written by somebody else, and is shown all the same. */
export function isoTime(at: number): string {
  return Math.abs(at) <= LAST_DATE ? new Date(at).toISOString() : "unknown";
}

const SHORTEST_WAIT = 1_000;

/** A retry or re-check interval, ms, in a stack's own time: a second at the least, whatever the scale. */
export function scaled(ms: number, timeScale: number): number {
  return Math.max(Math.min(SHORTEST_WAIT, ms), ms / timeScale);
}
