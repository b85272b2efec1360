import type { DnsAdvice, Reason, ReasonCode } from "../record/reason";
import { registeredDomain } from "../tenant/domain-name";
import { isOurResolver, resolverFault } from "./own-resolver";
import type { Resolver } from "./ports";
import { proxyOfAlias, proxyOwner } from "./proxy-networks";

/** Where tenants' names have to point. */
export interface LoadBalancer {
  /** The load balancer's static IPv4 addresses. */
  readonly addresses: readonly string[];
  /** The load balancer's DNS name, without trailing dot. */
  readonly cnameTarget: string;
}

/** Either those of our addresses that the name resolves to, or why it does not lead here. */
export type DnsCheck =
  | { readonly ok: true; readonly addresses: readonly string[]; readonly warning?: Reason }
  | { readonly ok: false; readonly reason: Reason; readonly ours?: boolean };

/** What public resolvers may still have in their caches although the customer has corrected it. */
const MAY_BE_STALE: ReadonlySet<ReasonCode> = new Set([
  "DNS_NXDOMAIN",
  "DNS_NOT_POINTING",
  "DNS_AAAA_STALE",
  "PROXY_IN_FRONT",
]);

/**
 * Does this name lead to our load balancer, and nowhere else, for everybody (a CA included, which prefers IPv6)? A "no" is
 * asked again at the zone's own servers, so that whoever has just set the record does not wait for caches to forget.
 */
export async function checkDns(name: string, resolver: Resolver, loadBalancer: LoadBalancer): Promise<DnsCheck> {
  const seen = await look(name, resolver, loadBalancer);
  if (seen.ok || !MAY_BE_STALE.has(seen.reason.code)) return seen;
  const source = await resolver.authoritative?.(name);
  if (!source) return seen;
  const fresh = await look(name, source, loadBalancer);
  return fresh.ok || fresh.reason.code !== "DNS_SERVFAIL" ? fresh : seen;
}

async function look(name: string, resolver: Resolver, loadBalancer: LoadBalancer): Promise<DnsCheck> {
  const [a, aaaa] = await Promise.all([resolver.a(name), resolver.aaaa(name)]);
  if (a.status === "servfail") {
    return (await isOurResolver(a.detail, resolver, loadBalancer))
      ? resolverFault(name, a.detail)
      : failed(servfail(name, a.detail));
  }
  const ipv4 = a.status === "ok" ? a.records : [];
  const ipv6 = aaaa.status === "ok" ? aaaa.records : [];

  if (ipv4.length === 0 && ipv6.length === 0)
    return failed(await nothingThere(name, a.status === "nxdomain", resolver, loadBalancer));
  const foreign = ipv4.filter((address) => !loadBalancer.addresses.includes(address));
  if (foreign.length > 0 || ipv4.length === 0)
    return failed(await elsewhere(name, ipv4, foreign, ipv6, resolver, loadBalancer));
  if (ipv6.length > 0) return failed(await staleIpv6(name, ipv6, resolver, loadBalancer));
  return { ok: true, addresses: ipv4, ...(aaaa.status === "servfail" && { warning: noIpv6(name, aaaa.detail) }) };
}

const failed = (reason: Reason): DnsCheck => ({ ok: false, reason });

function servfail(name: string, detail: string): Reason {
  return {
    code: "DNS_SERVFAIL",
    sentence: `The name servers of ${name} do not answer properly (${detail}); a CA would refuse to issue. Often DNSSEC is broken: ask whoever runs the domain's DNS.`,
  };
}

/** CAs go by the A record alone then (Boulder's va/dns.go fails where both lookups do), and so do visitors. */
function noIpv6(name: string, detail: string): Reason {
  return {
    code: "DNS_SERVFAIL",
    sentence: `The name servers of ${name} do not answer properly when asked for AAAA records (${detail}). Its A record is good, and certificates are ordered; some visitors may wait longer. Tell whoever runs the domain's DNS.`,
  };
}

async function nothingThere(
  name: string,
  nxdomain: boolean,
  resolver: Resolver,
  loadBalancer: LoadBalancer,
): Promise<Reason> {
  const alias = await aliasOf(name, resolver);
  const wanted = recordFor(name, alias === undefined ? "create" : "change", loadBalancer);
  if (alias !== undefined) {
    return {
      code: "DNS_NOT_POINTING",
      sentence: `${name} is a CNAME for ${alias}, which has no address. ${imperative(wanted)}`,
      dns: [wanted],
    };
  }
  return nxdomain
    ? { code: "DNS_NXDOMAIN", sentence: `${name} does not exist in DNS. ${imperative(wanted)}`, dns: [wanted] }
    : { code: "DNS_NOT_POINTING", sentence: `${name} has no address in DNS. ${imperative(wanted)}`, dns: [wanted] };
}

async function elsewhere(
  name: string,
  ipv4: readonly string[],
  foreign: readonly string[],
  ipv6: readonly string[],
  resolver: Resolver,
  loadBalancer: LoadBalancer,
): Promise<Reason> {
  const alias = await aliasOf(name, resolver);
  const proxy = (alias && proxyOfAlias(alias)) ?? foreign.map(proxyOwner).find((owner) => owner !== undefined);
  const wanted: DnsAdvice =
    alias === undefined && ipv4.length > 0
      ? { name, type: "A", action: "change", values: loadBalancer.addresses }
      : recordFor(name, alias === undefined ? "create" : "change", loadBalancer);
  const unwanted: DnsAdvice[] =
    ipv6.length > 0 && alias === undefined ? [{ name, type: "AAAA", action: "delete", values: ipv6 }] : [];
  const dns = [wanted, ...unwanted];
  if (proxy !== undefined) {
    return {
      code: "PROXY_IN_FRONT",
      sentence: `${name} goes through ${proxy}, which ends TLS before our load balancer is reached. Turn the proxy off for this name (DNS only). ${imperative(wanted)}`,
      dns,
    };
  }
  const where = [...foreign, ...ipv6].join(", ");
  const partly = foreign.length < ipv4.length ? "partly " : "";
  return {
    code: "DNS_NOT_POINTING",
    sentence: `${name} points ${partly}to ${alias === undefined ? where : `${alias} (${where})`}, not to our load balancer. ${imperative(wanted)}`,
    dns,
  };
}

async function staleIpv6(
  name: string,
  addresses: readonly string[],
  resolver: Resolver,
  loadBalancer: LoadBalancer,
): Promise<Reason> {
  const alias = await aliasOf(name, resolver);
  // Beside a CNAME there is no other record to delete: the address is that of the name it leads to.
  if (alias !== undefined && alias !== loadBalancer.cnameTarget) {
    const wanted = recordFor(name, "change", loadBalancer);
    return {
      code: "DNS_AAAA_STALE",
      sentence: `${name} is a CNAME for ${alias}, which leads to our load balancer over IPv4 but elsewhere over IPv6, and CAs and many visitors prefer IPv6. ${imperative(wanted)}`,
      dns: [wanted],
    };
  }
  const unwanted: DnsAdvice = { name, type: "AAAA", action: "delete", values: addresses };
  return {
    code: "DNS_AAAA_STALE",
    sentence: `${name} points to our load balancer over IPv4, but its AAAA record leads elsewhere, and CAs and many visitors prefer IPv6. ${imperative(unwanted)}`,
    dns: [unwanted],
  };
}

/** An apex can only have an A record; everything else is better off with a CNAME, which survives a change of our addresses. */
export function recordFor(name: string, action: "create" | "change", loadBalancer: LoadBalancer): DnsAdvice {
  return registeredDomain(name) === name
    ? { name, type: "A", action, values: loadBalancer.addresses }
    : { name, type: "CNAME", action, values: [loadBalancer.cnameTarget] };
}

/** The record to set, as a sentence: `Create the CNAME record www.paris.example → lb.example.net.` */
export function imperative({ name, type, action, values }: DnsAdvice): string {
  const verb = { create: "Create", change: "Change", delete: "Delete" }[action];
  return `${verb} the ${type} record ${name} ${action === "change" ? "to" : "→"} ${values.join(" and ")}.`;
}

async function aliasOf(name: string, resolver: Resolver): Promise<string | undefined> {
  const answer = await resolver.cname(name);
  return answer.status === "ok" ? answer.records[0]?.toLowerCase().replace(/\.$/, "") : undefined;
}
