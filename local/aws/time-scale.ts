import { DAY, HOUR, SECOND } from "../../core/base/clock";

/** How much faster than on AWS the stack's time passes. */
export interface TimeScale {
  /** Validity of every certificate, ms. */
  readonly lifetimeMs: number;
  /** Lifetime of 90 days divided by this run's lifetime: 1 in an ordinary run. */
  readonly lifetimeFactor: number;
  /** What waits between retries, re-checks and sweeps are divided by. */
  readonly factor: number;
  /** The interval of a schedule, ms. */
  schedule(ms: number): number;
  /** The period of an alarm, seconds. */
  alarmPeriod(seconds: number): number;
}

const ORDINARY_LIFETIME = 90 * DAY;
/** An hourly sweep becomes one in 5 s at the most: faster, the work itself would not keep pace on two cores. */
const FASTEST = HOUR / (5 * SECOND);
/** ms between two runs of a schedule, at the least. */
const SHORTEST_SCHEDULE = 1 * SECOND;
/** Seconds of an alarm's period, at the least: three sweeps, so that one that is late is not taken for silence. */
const SHORTEST_PERIOD = 15;

/** @param lifetimeMs of certificates; 90 days: nothing is changed */
export function timeScale(lifetimeMs = ORDINARY_LIFETIME): TimeScale {
  const lifetimeFactor = Math.max(1, ORDINARY_LIFETIME / lifetimeMs);
  const factor = Math.min(lifetimeFactor, FASTEST);
  const scaled = (value: number, least: number) => Math.min(value, Math.max(value / factor, least));
  return {
    lifetimeMs,
    lifetimeFactor,
    factor,
    schedule: (ms) => scaled(ms, SHORTEST_SCHEDULE),
    alarmPeriod: (seconds) => scaled(seconds, SHORTEST_PERIOD),
  };
}
