import type { ReasonCode } from "../../core/record/reason";
import type { TenantIndexEntry } from "../../core/record/store";
import { renewalTime } from "./lifetime";

/** Causes that the tenant's owner has to mend, or a limit that refills: waiting on them is no fault of the stack. */
const NOT_OURS: ReadonlySet<ReasonCode> = new Set([
  "DNS_NXDOMAIN",
  "DNS_NOT_POINTING",
  "DNS_AAAA_STALE",
  "DNS_SERVFAIL",
  "OWNERSHIP_UNPROVEN",
  "CAA_FORBIDS",
  "PROXY_IN_FRONT",
  "RATE_LIMITED",
]);

/** CAs' usual windows lie around our own time for renewal; further before it than this part of the lifetime is meant as early. */
const ARI_SPREAD = 1 / 20;

/**
 * Since when a tenant waits for something that is ours or the CA's to do, ms: its first certificate, or a renewal that the CA or
 * a person wants earlier than the certificate's age asks for. Undefined: it does not.
 */
export function waitingSince(entry: TenantIndexEntry, now: number): number | undefined {
  if (entry.state === "removed" || (entry.reason && NOT_OURS.has(entry.reason.code))) return undefined;
  const { certificate, renewal, since } = entry;
  // A line that does not say since when (core/record/index-entry.ts) has not waited since 1970.
  if (certificate === undefined) return since > 0 ? since : undefined;
  if (renewal === undefined || renewal.renewAt > now) return undefined;
  const early = renewalTime(certificate) - (certificate.notAfter - certificate.notBefore) * ARI_SPREAD;
  return renewal.renewAt < early ? renewal.renewAt : undefined;
}
