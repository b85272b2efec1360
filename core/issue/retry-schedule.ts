import { DAY, HOUR, MINUTE, SECOND } from "../base/clock";

/**
 * How long to wait for a customer to set DNS, by how long the tenant has been waiting. Looking costs a few DNS queries, so it is
 * often at first: whoever has just set the record sees the site served within a minute or two.
 */
const DNS_WAITS: readonly { readonly upTo: number; readonly every: number }[] = [
  { upTo: 1 * HOUR, every: 1 * MINUTE },
  { upTo: 1 * DAY, every: 5 * MINUTE },
  { upTo: 7 * DAY, every: 1 * HOUR },
  { upTo: Number.POSITIVE_INFINITY, every: 6 * HOUR },
];

/**
 * After a CA said no to an order, by the number of failures in a row: what Let's Encrypt asks of integrators. Weighted to the
 * front, because most failures are cured within minutes or not for days.
 */
const ORDER_RETRIES: readonly number[] = [
  1 * MINUTE, //     1 min after the first
  10 * MINUTE, //   11 min
  100 * MINUTE, //  ~2 h
  1 * DAY, //       then daily
];

/** The first time that a fault is ours: as often as not it is gone a second later. */
export const FIRST_RETRY = 1 * SECOND;

/** After a fault of our own (resolvers, fronts): it is no customer's to wait for. The last one goes on. */
const OWN_RETRIES: readonly number[] = [1, 2, 4, 8, 16, 32, 60].map((seconds) => seconds * SECOND);

/** Failures in a row after which a tenant is set aside (`quarantined`): the daily step of ORDER_RETRIES. */
export const QUARANTINE_AFTER_FAILURES = ORDER_RETRIES.length;

/** A tenant whose DNS has not pointed here for this long is set aside; it is still looked at. */
export const QUARANTINE_AFTER_WAITING = 7 * DAY;

/** @param waitedMs unscaled time since the tenant began to wait */
export function dnsWait(waitedMs: number): number {
  return DNS_WAITS.find((step) => waitedMs < step.upTo)?.every ?? 6 * HOUR;
}

/** @param failures failures in a row, this one included */
export function orderRetry(failures: number): number {
  return ORDER_RETRIES[Math.max(failures, 1) - 1] ?? DAY;
}

/** @param faults in a row, this one included */
export function ownRetry(faults: number): number {
  return OWN_RETRIES[Math.max(faults, 1) - 1] ?? MINUTE;
}
