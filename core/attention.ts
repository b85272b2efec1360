import type { TenantIndexEntry } from "./store";

/**
 * How much a tenant needs a person, worst first: `broken` has no valid certificate or soon will not, `warning` is served but its
 * next renewal would fail or is late, `waiting` is on its way with nothing wrong, `fine` needs nobody.
 */
export const ATTENTION = ["broken", "warning", "waiting", "fine"] as const;
export type Attention = (typeof ATTENTION)[number];

/** Overdue fractions at which people are warned and paged (docs/operations.md). */
export const OVERDUE_WARN = 2 / 30;
export const OVERDUE_PAGE = 0.3;

type Facts = Pick<TenantIndexEntry, "state" | "reason" | "certificate" | "renewal">;

/** What a summary shows first, decided alike by `certfront status` and the console. */
export function attention(tenant: Facts, now: number): Attention {
  if (tenant.state === "removed") return "fine";
  const { certificate } = tenant;
  const troubled = tenant.reason !== undefined && tenant.reason.code !== "WAITING";
  if (certificate && certificate.notAfter <= now) return "broken";
  if (!certificate) return troubled || tenant.state === "quarantined" ? "broken" : "waiting";

  const late = overdue(tenant, now);
  if (late >= OVERDUE_PAGE) return "broken";
  if (late >= OVERDUE_WARN || troubled || tenant.state === "quarantined") return "warning";
  return "fine";
}

/** (now − renewal time) / (expiry − renewal time): 0 or less before the renewal is due, 1 at expiry, whatever the lifetime. */
export function overdue(tenant: Pick<Facts, "certificate" | "renewal">, now: number): number {
  if (!tenant.certificate || !tenant.renewal) return 0;
  const room = tenant.certificate.notAfter - tenant.renewal.renewAt;
  if (room <= 0) return now >= tenant.certificate.notAfter ? 1 : 0;
  return (now - tenant.renewal.renewAt) / room;
}

/** Worst first; among equals the certificate that ends first, then the longest-standing trouble, then by name. */
export function compareAttention(now: number): (a: TenantIndexEntry, b: TenantIndexEntry) => number {
  return (a, b) =>
    ATTENTION.indexOf(attention(a, now)) - ATTENTION.indexOf(attention(b, now)) ||
    (a.certificate?.notAfter ?? Number.POSITIVE_INFINITY) - (b.certificate?.notAfter ?? Number.POSITIVE_INFINITY) ||
    a.since - b.since ||
    (a.domain < b.domain ? -1 : 1);
}
