import { randomBytes } from "node:crypto";
import { CHALLENGE_PATH } from "../ca/challenge";
import type { Reason } from "../record/reason";
import { answerProblem } from "./answer";
import { type CaaLookup, lookUpCaa } from "./caa";
import { checkDns, type DnsCheck, type LoadBalancer } from "./dns";
import { isOurResolver, resolverFault } from "./own-resolver";
import { checkOwnership, type Proof, type ProofCheck } from "./ownership";
import type { CaaRecord, HttpProbe, Resolver } from "./ports";

export interface PreflightPorts {
  readonly resolver: Resolver;
  readonly probe: HttpProbe;
  readonly loadBalancer: LoadBalancer;
  /** `thumbprint` is of the account key whose challenges the fronts answer (RFC 7638). */
  readonly fronts: { readonly thumbprint: string };
}

/** A name that a CA could validate now, with the CAA records that say which CAs may. */
export interface PassedName {
  readonly name: string;
  readonly caa: readonly CaaRecord[];
  /** Where in the tree the CAA records are. */
  readonly caaAt?: string;
  /** The name that holds them, where `caaAt` is an alias. */
  readonly caaOwner?: string;
  /** What could not be made sure of, and stops no CA. */
  readonly warning?: Reason;
}

export interface FailedName {
  readonly name: string;
  readonly reason: Reason;
  /** The fault is ours: it is looked at again within seconds, and is no customer's to cure. */
  readonly ours?: boolean;
}

export interface Preflight {
  readonly passed: readonly PassedName[];
  readonly failed: readonly FailedName[];
}

interface Addresses {
  readonly addresses: readonly string[];
}

interface Refusal {
  readonly ok: false;
  readonly reason: Reason;
  readonly ours?: boolean;
}

/** Told as each kind of check is through for all names. */
export type PreflightObserver = (step: "dns" | "caa" | "token") => void;

/**
 * Finds out without a CA whether HTTP-01 would succeed, name by name: DNS, then CAA, then a random token asked for over port 80
 * through the load balancer, as the CA will ask. Costs no order and no validation.
 * @param proof what has to be proven besides: a CA asks only whether the name leads here, not who asked us for it
 */
export async function preflight(
  names: readonly string[],
  ports: PreflightPorts,
  proof?: Proof,
  observe: PreflightObserver = () => {},
): Promise<Preflight> {
  const failed: FailedName[] = [];
  const keep = <T>(name: string, check: { ok: true; value: T } | Refusal): T[] => {
    if (check.ok) return [check.value];
    failed.push({ name, reason: check.reason, ...(check.ours && { ours: true }) });
    return [];
  };

  const here = (
    await each(names, async (name) => {
      const check = await pointsHere(name, ports, proof);
      return keep(name, check.ok ? { ok: true, value: { name, ...check } } : check);
    })
  ).flat();
  observe("dns");

  const allowed = (
    await each(here, async ({ name, addresses, warning }) => {
      const lookup = await lookUpCaa(name, ports.resolver);
      if (lookup.status !== "ok") return keep<PassedName & Addresses>(name, await noCaa(name, lookup, ports));
      const value = { ...passedName(name, lookup), ...(warning && { warning }), addresses };
      return keep<PassedName & Addresses>(name, { ok: true, value });
    })
  ).flat();
  observe("caa");

  const passed = (
    await each(allowed, async ({ addresses, ...name }) => {
      const problem = await tokenProblem(name.name, addresses, ports);
      return keep(name.name, problem ? { ok: false, reason: problem, ours: true } : { ok: true, value: name });
    })
  ).flat();
  observe("token");
  return { passed, failed };
}

function each<T, R>(items: readonly T[], check: (item: T) => Promise<R>): Promise<R[]> {
  return Promise.all(items.map(check));
}

/** Both are the customer's to set, so both are said at once. */
async function pointsHere(
  name: string,
  { resolver, loadBalancer }: PreflightPorts,
  proof: Proof | undefined,
): Promise<DnsCheck> {
  const [dns, owned] = await Promise.all([
    checkDns(name, resolver, loadBalancer),
    proof?.names.includes(name) ? checkOwnership(name, proof, resolver, loadBalancer) : PROVEN,
  ]);
  if (owned.ok) return dns;
  if (dns.ok || dns.ours || owned.ours || owned.reason.code !== "OWNERSHIP_UNPROVEN") return dns.ok ? owned : dns;
  const { reason } = dns;
  return {
    ok: false,
    reason: {
      ...reason,
      sentence: `${reason.sentence} ${owned.reason.sentence}`,
      dns: [...(reason.dns ?? []), ...(owned.reason.dns ?? [])],
    },
  };
}

const PROVEN: ProofCheck = { ok: true };

function passedName(name: string, lookup: Extract<CaaLookup, { status: "ok" }>): PassedName {
  const { records, at, owner } = lookup;
  return {
    name,
    caa: records,
    ...(at !== undefined && { caaAt: at }),
    ...(owner !== undefined && { caaOwner: owner }),
  };
}

async function noCaa(
  name: string,
  lookup: Extract<CaaLookup, { status: "servfail" }>,
  { resolver, loadBalancer }: PreflightPorts,
): Promise<Refusal> {
  if (await isOurResolver(lookup.detail, resolver, loadBalancer)) return resolverFault(name, lookup.detail);
  return {
    ok: false,
    reason: {
      code: "DNS_SERVFAIL",
      sentence: `The CAA records of ${lookup.at} cannot be read (${lookup.detail}), and a CA then refuses ${name}. Often DNSSEC is broken: ask whoever runs the domain's DNS.`,
    },
  };
}

/** Asks as a CA will, for a token that nobody knew before, through each of our addresses that the name resolves to. */
async function tokenProblem(
  name: string,
  addresses: readonly string[],
  { probe, fronts }: PreflightPorts,
): Promise<Reason | undefined> {
  const token = randomBytes(24).toString("base64url");
  const answers = await each(addresses, async (address) => ({
    address,
    answer: await probe.get(address, name, CHALLENGE_PATH + token),
  }));
  for (const { address, answer } of answers) {
    const reason = answerProblem({ name, address, answer, token, thumbprint: fronts.thumbprint });
    if (reason) return reason;
  }
  return undefined;
}
