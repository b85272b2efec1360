import { ConfigError } from "../base/errors";
import { canonicalName } from "./domain-name";
import type { TenantSettings } from "./entry";
import {
  parseClientCertificates,
  parseHsts,
  parseHttpPolicy,
  parseKeyType,
  parseOwner,
  parseUpstream,
  type Report,
} from "./fields";
import { isObject, ProblemList, reportUnknownKeys } from "./problems";
import type { Tenant } from "./tenant";

export interface TenantContext {
  /** Names of the stack's CAs: what a tenant's `ca` may be. */
  readonly caNames: readonly string[];
  /** Whether the whole stack runs on one machine, where upstreams are on loopback addresses. Default false. */
  readonly oneMachine?: boolean;
}

/** What CAs allow at the least in all their profiles (Let's Encrypt's `tlsserver`). */
export const MOST_NAMES = 25;

const FIELDS = [
  "domain",
  "aliases",
  "upstream",
  "http",
  "hsts",
  "clientCertificates",
  "keyType",
  "ca",
  "owner",
] as const satisfies readonly (keyof TenantSettings)[];

/**
 * Parses the stack's list of tenants: each a bare domain, or an object with the FIELDS above.
 * @param raw the list as the user wrote it, decoded from YAML or JSON
 * @throws ConfigError with every problem of every tenant
 */
export function parseTenants(raw: unknown, context: TenantContext): Tenant[] {
  const problems = new ProblemList();
  if (!Array.isArray(raw)) {
    problems.add("tenants", "must be a list, each entry a domain or {domain: …, …}");
    throw new ConfigError(problems.all);
  }
  const owners = new Map<string, string>();
  const parsed = raw.map((entry, position) => parseTenant(entry, `tenants[${position}]`, context, owners, problems));
  parsed.forEach((tenant, position) => {
    const problem = tenant?.upstream && circleProblem(tenant.upstream, owners);
    if (problem) problems.add(`tenants[${position}].upstream`, problem, tenant.domain);
  });
  const tenants = parsed.flatMap((tenant) => tenant ?? []);
  if (problems.all.length > 0) throw new ConfigError(problems.all);
  return tenants;
}

function parseTenant(
  entry: unknown,
  path: string,
  context: TenantContext,
  owners: Map<string, string>,
  problems: ProblemList,
): Tenant | undefined {
  if (typeof entry !== "string" && !isObject(entry)) {
    return problems.add(path, "must be a domain or {domain: …, …}");
  }
  const fields = typeof entry === "string" ? { domain: entry } : entry;
  const domainPath = typeof entry === "string" ? path : `${path}.domain`;
  const domain = claimName(fields.domain, domainPath, owners, problems);
  const report =
    (field: string): Report =>
    (message, member = "") =>
      problems.add(`${path}.${field}${member}`, message, domain);

  reportUnknownKeys(fields, FIELDS, (key, message) => report(key)(message));
  const aliases = parseAliases(fields.aliases, `${path}.aliases`, domain, owners, problems);
  const upstream = parseUpstream(fields.upstream, report("upstream"), { oneMachine: context.oneMachine === true });
  const http = parseHttpPolicy(fields.http, report("http"));
  const hsts = parseHsts(fields.hsts, report("hsts"));
  const clientCertificates = parseClientCertificates(fields.clientCertificates, report("clientCertificates"));
  const keyType = parseKeyType(fields.keyType, report("keyType"));
  const ca = parseCa(fields.ca, context, report("ca"));
  const owner = parseOwner(fields.owner, report("owner"));

  const needed = { domain, http, hsts, clientCertificates, keyType };
  // What is missing here has been reported, so the whole list is refused anyway.
  if (!isComplete(needed)) return undefined;
  return {
    ...needed,
    aliases,
    ...(upstream !== undefined && { upstream }),
    ...(ca !== undefined && { ca }),
    ...(owner !== undefined && { owner }),
  };
}

function isComplete<T extends object>(fields: T): fields is { [Key in keyof T]: Exclude<T[Key], undefined> } & T {
  return !Object.values(fields).includes(undefined);
}

/**
 * Why requests would come back to the fronts for ever: the upstream is one of the stack's own names, at the load balancer's ports.
 * @param owned the stack's names
 */
export function circleProblem(upstream: string, owned: { has(name: string): boolean }): string | undefined {
  const { hostname, port } = new URL(upstream);
  if (port !== "" && port !== "80" && port !== "443") return undefined;
  return owned.has(hostname)
    ? `${hostname} is a tenant of this stack and leads back to the load balancer; name the server behind it`
    : undefined;
}

function parseAliases(
  value: unknown,
  path: string,
  domain: string | undefined,
  owners: Map<string, string>,
  problems: ProblemList,
): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add(path, "must be a list of domains", domain);
    return [];
  }
  if (value.length >= MOST_NAMES) {
    problems.add(
      path,
      `has ${value.length} names, a certificate carries at most ${MOST_NAMES} with the domain`,
      domain,
    );
  }
  return value.flatMap((alias, position) => claimName(alias, `${path}[${position}]`, owners, problems, domain) ?? []);
}

/** Canonical form of a name that no other tenant has. */
function claimName(
  value: unknown,
  path: string,
  owners: Map<string, string>,
  problems: ProblemList,
  tenant?: string,
): string | undefined {
  if (typeof value !== "string") {
    return problems.add(path, value === undefined ? "is missing" : "must be a domain name", tenant);
  }
  const checked = canonicalName(value);
  if ("problem" in checked) return problems.add(path, checked.problem, tenant);
  const owner = owners.get(checked.name);
  if (owner !== undefined) {
    return problems.add(path, `${checked.name} is already ${owner}; each name belongs to one tenant`, tenant);
  }
  owners.set(checked.name, path);
  return checked.name;
}

function parseCa(value: unknown, context: TenantContext, report: Report): string | undefined {
  if (value === undefined) return undefined;
  const known = context.caNames.find((name) => name === value);
  return known ?? report(`must be one of the stack's CAs: ${context.caNames.join(", ")}`);
}
