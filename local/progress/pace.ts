/** Seconds that a pace is taken over: long enough to be steady, short enough to follow. */
const WINDOW = 30;

/**
 * How far many tenants are, and how long the rest takes at the pace of the last half minute: `81 of 300 served, 4.2 a second, about 50 s left`.
 * @param served when each of those that are served was first, seconds from the start
 */
export function pace(served: readonly number[], total: number): string {
  if (served.length === total) return `all ${total} served`;
  const done = `${served.length} of ${total} served`;
  const last = Math.max(0, ...served);
  const lately = served.filter((at) => at > last - WINDOW).length;
  const over = Math.min(WINDOW, last);
  // Of a handful nothing can be said yet.
  if (lately < 5 || over === 0) return done;
  const perSecond = lately / over;
  return `${done}, ${said(perSecond)}, about ${left((total - served.length) / perSecond)} left`;
}

function said(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond.toFixed(1)} a second` : `${(perSecond * 60).toFixed(0)} a minute`;
}

function left(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 5_400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`;
}
