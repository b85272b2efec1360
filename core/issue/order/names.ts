import { DAY } from "../../base/clock";
import type { FailedName } from "../../preflight/preflight";
import { boundedReason, type Reason } from "../../record/reason";
import type { TenantRecord } from "../../record/record";
import { emergencyAt } from "../../renewal/policy";
import { namesOf } from "../../tenant/tenant";
import { namesMissing, namesTooMany } from "../needs";
import { LEFT_US, Setback } from "../setback";

/**
 * A name that stopped validating but that visitors still reach us by keeps a due renewal waiting for this part of the time that
 * is left, half of what makes people be warned; then the others are renewed without it.
 */
const PATIENCE = 1 / 30;
const LONGEST_PATIENCE = 1 * DAY;

/** All names but those that a CA refused lately; where that leaves none, all of them. */
export function namesToTry(record: TenantRecord, now: number): { names: string[]; leftOut: readonly FailedName[] } {
  const all = namesOf(record.tenant);
  const refused = (record.refusedNames ?? []).filter(({ name, until }) => until > now && all.includes(name));
  const names = all.filter((name) => !refused.some((one) => one.name === name));
  return names.length > 0 ? { names, leftOut: refused } : { names: all, leftOut: [] };
}

/** The primary name's reason speaks for the tenant; the others follow it. */
export function nothingPassed(record: TenantRecord, failures: readonly FailedName[]): Setback {
  const ours = failures.some((name) => name.ours);
  return new Setback(joinedReason(record, failures), { kind: ours ? "ours" : "waiting" });
}

export function joinedReason(record: TenantRecord, failures: readonly FailedName[]): Reason {
  const names = namesOf(record.tenant);
  const sorted = [...failures].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  const [first] = sorted;
  if (!first) return { code: "WAITING", sentence: `${record.tenant.domain} is being certified.` };
  const dns = sorted.flatMap(({ reason }) => reason.dns ?? []);
  return boundedReason({
    code: first.reason.code,
    sentence: sorted.map(({ reason }) => reason.sentence).join(" "),
    ...(dns.length > 0 && { dns }),
    ...(first.reason.problemType !== undefined && { problemType: first.reason.problemType }),
  });
}

/**
 * A certificate that still serves a name is not given up for one without it, as long as there is time.
 * @throws Setback
 */
export function holdBack(
  record: TenantRecord,
  failures: readonly FailedName[],
  { now, timeScale }: { readonly now: number; readonly timeScale: number },
): void {
  const { certificate, renewal } = record;
  if (!certificate || !renewal || renewal.source === "requested" || now >= emergencyAt(certificate)) return;
  const losing = failures.filter(({ name, reason }) => certificate.names.includes(name) && !LEFT_US.has(reason.code));
  const patience = Math.min((certificate.notAfter - renewal.renewAt) * PATIENCE, LONGEST_PATIENCE / timeScale);
  if (losing.length > 0 && now < renewal.renewAt + patience) throw nothingPassed(record, failures);
}

/** An order is worth its price where a renewal is due, or the certificate would carry other names. */
export function gains(record: TenantRecord, names: readonly string[], now: number): boolean {
  const { certificate, renewal } = record;
  if (!certificate || !renewal || now >= renewal.renewAt) return true;
  return namesTooMany(record).length > 0 || namesMissing(record).some((name) => names.includes(name));
}
