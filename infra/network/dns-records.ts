import { parse } from "tldts";
import { ownershipValue, proofNames } from "../../core/tenant/ownership";
import { namesOf, type Tenant } from "../../core/tenant/tenant";

/** A record that a tenant sets at their DNS provider. */
export interface DnsRecord {
  readonly name: string;
  readonly type: "A" | "CNAME" | "TXT";
  readonly values: readonly string[];
}

/** Outputs lie in the stack's state and on the screen, so they show the first names only. */
export const MOST_RECORDS = 20;

/** What the first tenants' names must have in DNS; where a tenant names its owner, the proof too. */
export function dnsRecords(
  tenants: readonly Tenant[],
  addresses: readonly string[],
  cnameTarget: string,
  stack: string,
): DnsRecord[] {
  return tenants
    .slice(0, MOST_RECORDS)
    .flatMap((tenant) => [
      ...namesOf(tenant).map((name) => dnsRecord(name, addresses, cnameTarget)),
      ...proofRecords(tenant, stack),
    ])
    .slice(0, MOST_RECORDS);
}

function proofRecords(tenant: Tenant, stack: string): DnsRecord[] {
  if (tenant.owner === undefined) return [];
  const value = ownershipValue(stack, tenant.owner);
  return proofNames(namesOf(tenant)).map((name) => ({ name, type: "TXT", values: [value] }));
}

/** A records at an apex, where DNS allows no CNAME beside the other records (RFC 1034 §3.6.2); else a CNAME, which follows the stack. */
export function dnsRecord(name: string, addresses: readonly string[], cnameTarget: string): DnsRecord {
  const isApex = parse(name, { allowPrivateDomains: true }).domain === name;
  return isApex ? { name, type: "A", values: addresses } : { name, type: "CNAME", values: [cnameTarget] };
}
