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

const SHORTEST_WAIT = 1_000;

/** A retry or re-check interval, ms, in a stack's own time: a second at the least, whatever the scale. */
export function scaled(ms: number, timeScale: number): number {
  return Math.max(Math.min(SHORTEST_WAIT, ms), ms / timeScale);
}
