import type { CertificateSummary } from "../../core/record/record";
import { isHostname } from "../../core/tenant/domain-name";
import { prefixProblem } from "../../core/tenant/path-prefix";
import { namesOf, type Tenant } from "../../core/tenant/tenant";
import { sha256 } from "./sha256";
import { serverNameOf } from "./upstreams";

/**
 * What a tenant is to HAProxy: lines of two maps. Pure. A name that is none throws RangeError. A prefix or an upstream that is none is
 * left out, so that it costs the tenant that one thing and not its certificate: those requests are redirected, or get 503.
 */
export interface TenantPolicy {
  /** Host → fields. */
  readonly hosts: ReadonlyMap<string, string>;
  /** `host/path` prefixes that are served over plain HTTP. */
  readonly exceptions: ReadonlySet<string>;
}

/** Names become file names and words of commands: nothing but a lower-case domain name passes. */
export function checkedName(name: string): string {
  if (!isHostname(name) || !name.includes(".")) throw new RangeError(`not a domain name: ${JSON.stringify(name)}`);
  return name;
}

/** A domain may have 253 characters, a file's name 255 with all that is added to it. */
const LONGEST_STEM = 200;

/** What a tenant's files are called, before their ending: the domain, or its beginning and hash where it is very long. */
export function fileStem(domain: string): string {
  const name = checkedName(domain);
  return name.length <= LONGEST_STEM ? name : `${name.slice(0, 150)}~${sha256(name).slice(0, 24)}`;
}

/** Names of the tenant that the certificate covers, its primary one first. */
export function servedNames(tenant: Tenant, summary: Pick<CertificateSummary, "names">): string[] {
  const covered = new Set(summary.names);
  return namesOf(tenant).filter((name) => covered.has(name));
}

/**
 * The policy map's value is `domain|http|hsts|clients|server|since`:
 * http is r (redirect), s (serve), x (redirect but for the exceptions) or w (wait: no certificate yet), wo (for the domain's owner), wu (for us);
 * hsts is the header with `_` for `; `, or `-`; clients is n (off), o (optional) or q (required); server is `-` for the welcome page;
 * since (ms) is there where client certificates are asked for: older connections were checked against something else.
 * @param covered names with a certificate
 */
export function policyOf(
  tenant: Tenant,
  covered: readonly string[],
  defaultUpstream: string | undefined,
  trustedSince: (name: string) => number = () => 0,
  waitsFor?: "owner" | "us",
): TenantPolicy {
  const waiting = waitsFor === "owner" ? "wo" : waitsFor === "us" ? "wu" : "w";
  const secure = new Set(covered);
  const upstream = tenant.upstream ?? defaultUpstream;
  const server = upstream === undefined ? "-" : serverNameOf(upstream);
  const fields = (name: string): string =>
    [
      checkedName(tenant.domain),
      httpField(tenant, secure.has(name), waiting),
      hstsField(tenant),
      clientsField(tenant),
      server,
      ...(tenant.clientCertificates.mode === "off" ? [] : [String(Math.trunc(trustedSince(name)))]),
    ].join("|");
  return {
    hosts: new Map(namesOf(tenant).map((name) => [checkedName(name), fields(name)])),
    exceptions: new Set(namesOf(tenant).flatMap((name) => exceptionsOf(tenant).map((prefix) => `${name}${prefix}`))),
  };
}

function httpField(tenant: Tenant, covered: boolean, waiting: string): string {
  // Whose the name is may not be proven yet: not even plain HTTP reaches the upstream.
  if (!covered && tenant.owner !== undefined) return waiting;
  // A tenant that needs client certificates is never served without TLS.
  const http = tenant.clientCertificates.mode === "required" ? "redirect" : tenant.http;
  if (http === "serve") return "s";
  if (!covered) return http === "redirect" ? waiting : "x";
  return http === "redirect" ? "r" : "x";
}

function hstsField(tenant: Tenant): string {
  if (tenant.hsts === false) return "-";
  const { maxAge, includeSubdomains, preload } = tenant.hsts;
  return [
    `max-age=${Math.trunc(maxAge)}`,
    ...(includeSubdomains ? ["includeSubDomains"] : []),
    ...(preload ? ["preload"] : []),
  ].join("_");
}

function clientsField(tenant: Tenant): string {
  return { off: "n", optional: "o", required: "q" }[tenant.clientCertificates.mode];
}

function exceptionsOf(tenant: Tenant): readonly string[] {
  if (typeof tenant.http === "string") return [];
  return tenant.http.redirectExcept.filter((prefix) => prefixProblem(prefix) === undefined);
}

/** Prefixes that configuration would refuse today, quoted. */
export function unsafePrefixes(tenant: Tenant): string[] {
  if (typeof tenant.http === "string") return [];
  return tenant.http.redirectExcept
    .filter((prefix) => prefixProblem(prefix) !== undefined)
    .map((one) => JSON.stringify(one));
}
