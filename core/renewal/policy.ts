import { DAY, HOUR, MINUTE, scaled } from "../base/clock";
import type { RenewalInfo } from "../ca/certificate-authority";
import type { CertificateSummary, RenewalPlan } from "../record/record";

/** How often CAs are asked about certificates that live long (core/issue/renewal-round.ts): twice a day and a bit. */
export const ROUND = 10.5 * HOUR;
/** A shorter life has its own rhythm: it is renewed at its half, and asked about oftener. */
const SHORT_LIVED = 10 * DAY;

type Validity = Pick<CertificateSummary, "notBefore" | "notAfter">;

const lifetimeOf = (certificate: Validity): number => certificate.notAfter - certificate.notBefore;

/** When a third of the lifetime is left, or half of it where the lifetime is under ten days. For 90 days: 30 days before the end. */
export function renewAtByLifetime(certificate: Validity): number {
  const lifetime = lifetimeOf(certificate);
  // In whole milliseconds, as clocks are: a turn taken at that moment must find it come.
  return Math.round(certificate.notAfter - lifetime / (lifetime < SHORT_LIVED ? 2 : 3));
}

/** From here on a certificate is replaced whatever else says otherwise: less than a twentieth of the lifetime is left. */
export function emergencyAt(certificate: Validity): number {
  return Math.round(certificate.notAfter - lifetimeOf(certificate) / 20);
}

/** The renewal by lifetime and 1/15 of what is left then: where `renewal-overdue` warns, which goes by the lifetime alone. */
function latestByAri(certificate: Validity): number {
  const renewAt = renewAtByLifetime(certificate);
  return Math.round(renewAt + (certificate.notAfter - renewAt) / 15);
}

export interface AriContext {
  readonly now: number;
  /** A number from 0 up to, not including, 1: which moment of the CA's window to take. */
  readonly random: number;
  /** Re-check intervals are divided by it (docs/contracts.md). */
  readonly timeScale: number;
}

/** The plan without the CA's ARI. */
export function planByLifetime(certificate: CertificateSummary, context: AriContext): RenewalPlan {
  return {
    renewAt: renewAtByLifetime(certificate),
    source: "lifetime",
    ...(certificate.ariId !== undefined && nextAriCheck(certificate, 0, context)),
  };
}

/**
 * The plan for a certificate that was issued just now. One that is due for renewal at once (a CA that gives less than its
 * certificates say, a clock that is wrong) is kept for a third of the time it has, or orders would follow each other without end.
 */
export function planForFresh(certificate: CertificateSummary, context: AriContext): RenewalPlan {
  const plan = planByLifetime(certificate, context);
  const soonest = context.now + Math.round((certificate.notAfter - context.now) / 3);
  return { ...plan, renewAt: Math.max(plan.renewAt, soonest) };
}

/**
 * The plan after asking ARI (RFC 9773 §4.2): a random moment of the CA's window, so that a fleet's renewals spread; now, where
 * the window is past. An unchanged window keeps the moment once chosen. A window that is not one does not count, nor what of it lies so late
 * that the alarm for late renewals would ring, in the last twentieth or after the certificate's end, or before the certificate was issued. One
 * that covers the whole of its life says nothing (Pebble 2.6 gives two days around its idea, whatever the lifetime): the next one would get the
 * same, and orders follow each other without end.
 * @param answer undefined where the CA has no ARI: it is not asked again for this certificate
 */
export function planByAri(
  certificate: CertificateSummary,
  current: RenewalPlan,
  answer: RenewalInfo | undefined,
  context: AriContext,
): RenewalPlan {
  const latest = latestByAri(certificate);
  const { notBefore } = certificate;
  const saysNothing = answer && answer.start <= notBefore && answer.end >= latest;
  if (answer === undefined || answer.end <= answer.start || answer.start >= latest || saysNothing) {
    const { renewAt, source } = planByLifetime(certificate, context);
    return { renewAt, source, ...(answer && nextAriCheck(certificate, answer.retryAfterMs, context)) };
  }
  const end = Math.min(answer.end, latest);
  // Past as a whole: now, as any moment of it.
  const start = answer.end > notBefore ? Math.max(answer.start, notBefore) : answer.start;
  const inWindow = current.source === "ari" && current.renewAt >= start && current.renewAt < end;
  return {
    renewAt: inWindow ? current.renewAt : start + Math.floor(context.random * (end - start)),
    source: "ari",
    ...nextAriCheck(certificate, answer.retryAfterMs, context),
    ...(answer.explanationUrl !== undefined && { explanationUrl: answer.explanationUrl }),
  };
}

/** The plan when ARI could not be asked: what was known stays, and it is asked again within the hour. */
export function planAfterAriFailure(
  current: RenewalPlan,
  retryAfterMs: number | undefined,
  context: AriContext,
): RenewalPlan {
  const wait = Math.min(Math.max(retryAfterMs ?? HOUR, MINUTE), DAY);
  return { ...current, ariCheckAt: Math.round(context.now + scaled(wait, context.timeScale)) };
}

/**
 * In the round, where the certificate lives long and the CA does not want more time than a round takes. Else at a time of its own, oftener for
 * short lifetimes (a 160-hour certificate has a window of 3.2 hours), never oftener than the CA asks (RFC 9773 §4.3.2); a tenth spread, so that
 * certificates issued together do not stay together.
 */
function nextAriCheck(
  certificate: Validity,
  retryAfterMs: number,
  { now, random, timeScale }: AriContext,
): Pick<RenewalPlan, "ariCheckAt" | "inRound"> {
  const lifetime = lifetimeOf(certificate);
  const least = Math.min(retryAfterMs, DAY);
  if (lifetime >= SHORT_LIVED && least <= ROUND) return { inRound: true };
  const spread = random / 10;
  const wait = Math.max(Math.min(ROUND, lifetime / 40) * (1 - spread), least * (1 + spread));
  return { ariCheckAt: Math.round(now + scaled(wait, timeScale)) };
}
