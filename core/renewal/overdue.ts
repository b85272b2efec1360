/**
 * (now − renewal time) / (expiry − renewal time): 0 or less before the renewal is due, 1 at expiry, alike for certificates of
 * 6, 45, 64 and 90 days. All in ms since the epoch.
 */
export function overdueFraction(now: number, renewAt: number, notAfter: number): number {
  if (notAfter <= renewAt) return now < notAfter ? 0 : 1;
  return (now - renewAt) / (notAfter - renewAt);
}
