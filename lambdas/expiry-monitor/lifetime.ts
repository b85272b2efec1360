/** When a certificate begins and ends, ms. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const DAY = 86_400_000;

/**
 * When a certificate should have been replaced at the latest, by its real lifetime alone: with 1/3 of it left, 1/2 where it lasts
 * less than 10 days. The monitor has this of its own and believes no renewal plan: a plan may be what is wrong.
 */
export function renewalTime({ notBefore, notAfter }: Validity): number {
  const lifetime = notAfter - notBefore;
  return notAfter - lifetime / (lifetime < 10 * DAY ? 2 : 3);
}

/** How much of the time between renewal and expiry is gone: 0 or less in good health, 1 at expiry. */
export function overdueFraction(validity: Validity, now: number): number {
  const renewAt = renewalTime(validity);
  // A certificate that ends before it begins was never good.
  if (validity.notAfter <= renewAt) return now >= validity.notAfter ? 1 : 0;
  return (now - renewAt) / (validity.notAfter - renewAt);
}

export function daysLeft({ notAfter }: Pick<Validity, "notAfter">, now: number): number {
  return (notAfter - now) / DAY;
}
