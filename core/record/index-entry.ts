import { REASON_CODES, type Reason } from "./reason";
import { type CertificateSummary, type RenewalPlan, TENANT_STATES } from "./record";
import type { TenantIndexEntry } from "./store";

type Members = Readonly<Record<string, unknown>>;

/**
 * A line of the tenants index, read without trust: another version, a restored backup or a hand may have written its record. One that
 * does not fit ends as that tenant's reason, with what of it fits; the others' lines are read as ever.
 * @param domain whose it is, as the item's key says
 */
export function readIndexEntry(item: Members, domain: string): TenantIndexEntry {
  const { names, state, since, reason, certificate, renewal, nextActionAt, revision, configHash } = item;
  const known = TENANT_STATES.find((one) => one === state);
  const fits =
    known !== undefined &&
    isTime(since) &&
    isTime(revision) &&
    typeof configHash === "string" &&
    isTexts(names) &&
    names.length > 0 &&
    (nextActionAt === undefined || isTime(nextActionAt)) &&
    (reason === undefined || isReason(reason)) &&
    (certificate === undefined || isSummary(certificate)) &&
    (renewal === undefined || isPlan(renewal));
  return {
    domain,
    names: isTexts(names) && names.length > 0 ? names : [domain],
    state: fits || known === "removed" ? known : "quarantined",
    since: isTime(since) ? since : 0,
    revision: isTime(revision) ? revision : 0,
    configHash: typeof configHash === "string" ? configHash : "",
    ...(isTime(nextActionAt) && { nextActionAt }),
    ...(isSummary(certificate) && { certificate }),
    ...(isPlan(renewal) && { renewal }),
    ...(fits ? isReason(reason) && { reason } : { reason: unreadable(domain) }),
  };
}

function unreadable(domain: string): Reason {
  const sentence = `The record of ${domain} in the table does not fit this version of certfront: it was damaged, or written by another one. What is served stays served.`;
  return { code: "INTERNAL", sentence };
}

export function isReason(value: unknown): value is Reason {
  const { code, sentence, dns, problemType } = membersOf(value);
  return (
    REASON_CODES.some((one) => one === code) &&
    typeof sentence === "string" &&
    (dns === undefined || (Array.isArray(dns) && dns.every(isAdvice))) &&
    (problemType === undefined || typeof problemType === "string")
  );
}

function isAdvice(value: unknown): boolean {
  const { name, type, action, values } = membersOf(value);
  return [name, type, action].every((one) => typeof one === "string") && isTexts(values);
}

function isSummary(value: unknown): value is CertificateSummary {
  const { serial, fingerprint, names, notBefore, notAfter, ca } = membersOf(value);
  const texts = [serial, fingerprint, ca].every((one) => typeof one === "string");
  return texts && isTexts(names) && isTime(notBefore) && isTime(notAfter);
}

function isPlan(value: unknown): value is RenewalPlan {
  const { renewAt, source } = membersOf(value);
  return isTime(renewAt) && typeof source === "string";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** Of what is no object there are none. */
export function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

/** ms of which a date can be made. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= 8_640_000_000_000_000;
}
