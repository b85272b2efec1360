import { lateAt } from "../record/front-problem";
import type { Heartbeat } from "../record/record";
import type { TenantIndexEntry } from "../record/store";
import { overdueFraction } from "../renewal/overdue";

/**
 * How much a tenant needs a person, worst first. `broken`: no valid certificate, and something stands in the way of one. `warning`: served,
 * but its next renewal is late or would fail. `waiting`: on its way to its first certificate, with nothing wrong. `fine`: needs nobody.
 */
export const ATTENTION = ["broken", "warning", "waiting", "fine"] as const;
export type Attention = (typeof ATTENTION)[number];

/** Overdue fraction at which people are warned: for 90 days, 28 days before the end. */
export const OVERDUE_WARN = 2 / 30;

type Facts = Pick<TenantIndexEntry, "domain" | "state" | "reason" | "certificate" | "renewal" | "revision">;

/**
 * What a summary shows first, decided alike by `certfront status` and the console. `fine` means served: every front that is up serves it.
 * @param heartbeats of fronts heard of lately
 */
export function attention(tenant: Facts, heartbeats: readonly Heartbeat[], now: number): Attention | "removed" {
  if (tenant.state === "removed") return "removed";
  const { certificate } = tenant;
  const troubled = tenant.state === "quarantined" || (tenant.reason !== undefined && tenant.reason.code !== "WAITING");
  if (!certificate) return troubled ? "broken" : "waiting";
  if (certificate.notAfter <= now) return "broken";
  if (troubled || overdue(tenant, now) >= OVERDUE_WARN) return "warning";
  return heartbeats.some((beat) => lateAt(beat, tenant, now)) ? "warning" : "fine";
}

/** overdueFraction of a tenant; 0 where there is nothing to renew. */
export function overdue({ certificate, renewal }: Pick<Facts, "certificate" | "renewal">, now: number): number {
  return certificate && renewal ? overdueFraction(now, renewal.renewAt, certificate.notAfter) : 0;
}

/** A tenant with how much it needs a person, so that sorting does not ask again. */
export interface Judged {
  readonly tenant: TenantIndexEntry;
  readonly level: Attention | "removed";
}

/** Worst first; among equals the certificate that ends first, then the longest-standing, then by name. */
export function byAttention({ tenant: a, level: of }: Judged, { tenant: b, level: than }: Judged): number {
  return rank(of) - rank(than) || ends(a) - ends(b) || a.since - b.since || (a.domain < b.domain ? -1 : 1);
}

/** byAttention of tenants that nobody judged yet. */
export function compareAttention(
  heartbeats: readonly Heartbeat[],
  now: number,
): (a: TenantIndexEntry, b: TenantIndexEntry) => number {
  const judged = (tenant: TenantIndexEntry): Judged => ({ tenant, level: attention(tenant, heartbeats, now) });
  return (a, b) => byAttention(judged(a), judged(b));
}

function rank(level: Attention | "removed"): number {
  return level === "removed" ? ATTENTION.length : ATTENTION.indexOf(level);
}

function ends({ certificate }: TenantIndexEntry): number {
  return certificate?.notAfter ?? Number.MAX_SAFE_INTEGER;
}
