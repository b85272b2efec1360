import { caaAsWritten } from "../preflight/caa-advice";
import type { DnsAnswer, Resolver } from "../preflight/ports";
import type { DnsAdvice } from "../record/reason";
import { registeredDomain } from "../tenant/domain-name";

/** One line of a DNS panel, as its owner has to make it. A contract: docs/contracts.md. */
export interface RecordToSet {
  readonly type: DnsAdvice["type"];
  /** Relative to the zone, as panels ask for it; `@` is the zone itself. */
  readonly host: string;
  readonly zone: string;
  readonly value: string;
  /** `change`: a record of this type and host is there with another value. `keep`: it is right already. */
  readonly action: "create" | "change" | "delete" | "keep";
  /** The values of this type and host that DNS has now. */
  readonly found: readonly string[];
  /** Of the zone; empty where they could not be found out. */
  readonly nameservers: readonly string[];
}

/** What the records are compared with, as resolvers see it. */
export interface PublicDns extends Pick<Resolver, "a" | "aaaa" | "cname" | "caa" | "txt"> {
  ns(name: string): Promise<DnsAnswer<string>>;
}

/** Where a name's records are kept. */
export interface Zone {
  readonly zone: string;
  readonly nameservers: readonly string[];
}

/**
 * The advice of a reason as lines of DNS panels: what is there now, what stays, what changes. Advice on several names, or the same
 * advice twice (a CAA record serves every name below it), gives each line once.
 */
export async function recordsToSet(advice: readonly DnsAdvice[], dns: PublicDns): Promise<RecordToSet[]> {
  const lines = await Promise.all([
    ...advice.map((one) => linesOf(one, dns)),
    ...advice.map((one) => beside(one, advice, dns)),
  ]);
  const byText = new Map(lines.flat().map((line) => [JSON.stringify(line), line]));
  return [...byText.values()];
}

/** The closest zone at or above the name that has name servers; the registered domain where none answers. */
export async function zoneOf(name: string, dns: Pick<PublicDns, "ns">): Promise<Zone> {
  const end = registeredDomain(name) ?? name;
  const above = name.split(".").map((_label, at, labels) => labels.slice(at).join("."));
  for (const zone of above.filter(({ length }) => length >= end.length)) {
    const nameservers = valuesOf(await dns.ns(zone))
      .map(asName)
      .sort();
    if (nameservers.length > 0) return { zone, nameservers };
  }
  return { zone: end, nameservers: [] };
}

async function linesOf({ name, type, action, values }: DnsAdvice, dns: PublicDns): Promise<RecordToSet[]> {
  const [{ zone, nameservers }, found] = await Promise.all([zoneOf(name, dns), foundNow(name, type, dns)]);
  const line = (value: string, what: RecordToSet["action"]): RecordToSet => {
    return { type, host: hostIn(zone, name), zone, value, action: what, found, nameservers };
  };
  if (action === "delete") return values.map((value) => line(value, "delete"));
  const [right, missing] = [values.filter((one) => found.includes(one)), values.filter((one) => !found.includes(one))];
  const others = found.filter((one) => !values.includes(one));
  const kept = right.map((value) => line(value, "keep"));
  // A name may have many CAA or TXT records, and the others say what their owner wants; a name's address is ours alone.
  if (type === "CAA" || type === "TXT") {
    const stay = action === "create" ? others.map((value) => line(value, "keep")) : [];
    return [...missing.map((value) => line(value, action)), ...kept, ...stay];
  }
  const changed = missing.map((value, at) => line(value, at < others.length ? "change" : "create"));
  return [...changed, ...others.slice(missing.length).map((value) => line(value, "delete")), ...kept];
}

/** Whoever deletes a name's IPv6 address should see that its IPv4 one stays. */
async function beside({ name }: DnsAdvice, all: readonly DnsAdvice[], dns: PublicDns): Promise<RecordToSet[]> {
  if (all.some((other) => other.name === name && other.type !== "AAAA")) return [];
  const values = await foundNow(name, "A", dns);
  return linesOf({ name, type: "A", action: "change", values }, dns);
}

async function foundNow(name: string, type: DnsAdvice["type"], dns: PublicDns): Promise<string[]> {
  if (type === "CAA") return valuesOf(await dns.caa(name)).map(caaAsWritten);
  if (type === "TXT") return [...valuesOf(await dns.txt(name))].sort();
  const alias = valuesOf(await dns.cname(name)).map(asName);
  if (type === "CNAME") return alias;
  // Resolvers follow an alias: what they then say is another name's.
  if (alias.length > 0) return [];
  return [...valuesOf(await (type === "A" ? dns.a(name) : dns.aaaa(name)))].sort();
}

function hostIn(zone: string, name: string): string {
  return name === zone ? "@" : name.slice(0, -zone.length - 1);
}

function valuesOf<T>(answer: DnsAnswer<T>): readonly T[] {
  return answer.status === "ok" ? answer.records : [];
}

const asName = (name: string): string => name.toLowerCase().replace(/\.$/, "");
