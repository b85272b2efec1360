import { namesOf } from "../../core/tenant/tenant";
import { certificatesOf, type HeldTenant, servedNamesOf } from "./held-tenant";

/** As a time since when connections count, ms: none does, however young. */
const NEVER = 8_640_000_000_000_000;

export function asksClients(held: HeldTenant): boolean {
  return held.tenant.clientCertificates.mode !== "off" && certificatesOf(held).some(({ clientCa }) => clientCa);
}

/** Whether both are checked against the same client CAs and revocation lists. */
export function isCheckedAlike(one: HeldTenant, other: HeldTenant | undefined): boolean {
  const checked = (held: HeldTenant | undefined): string =>
    certificatesOf(held)
      .slice(0, 1)
      .flatMap(({ clientCa, clientCrl }) => [clientCa?.hash, clientCrl?.hash])
      .join();
  return checked(one) === checked(other);
}

/** ms: older connections to this name were checked against something else than the tenant's present client CAs. */
export function trustedSince({ trustedSince: tenants = 0, namesSince = {} }: HeldTenant, name: string): number {
  return Math.max(tenants, namesSince[name] ?? 0);
}

/**
 * With names that were another tenant's shut: that one's line still answers for them, and whom its client CAs vouch for is nobody here.
 * Names that are the tenant's no more are forgotten.
 */
export function withShut(held: HeldTenant, names: Iterable<string>): HeldTenant {
  const kept = namesOf(held.tenant).flatMap((name) => {
    const since = held.namesSince?.[name];
    return since === undefined ? [] : [[name, since] as const];
  });
  const shut = asksClients(held) ? [...names].map((name) => [name, NEVER] as const) : [];
  const { namesSince: _before, ...rest } = held;
  return kept.length + shut.length === 0 ? rest : { ...rest, namesSince: Object.fromEntries([...kept, ...shut]) };
}

/** The names that are shut. */
export function shutNames({ namesSince = {} }: HeldTenant): string[] {
  return Object.keys(namesSince).filter((name) => namesSince[name] === NEVER);
}

/** With those names open to connections from now on for which no line of `others` answers any more. */
export function withOpened(held: HeldTenant, others: Iterable<HeldTenant>, now: number): HeldTenant {
  const contested = new Set(
    [...others].flatMap((other) => (other.domain !== held.domain && asksClients(other) ? servedNamesOf(other) : [])),
  );
  const opened = shutNames(held).filter((name) => !contested.has(name));
  if (opened.length === 0) return held;
  return { ...held, namesSince: { ...held.namesSince, ...Object.fromEntries(opened.map((name) => [name, now])) } };
}
