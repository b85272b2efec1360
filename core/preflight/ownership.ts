import type { DnsAdvice, Reason } from "../record/reason";
import type { TenantRecord } from "../record/record";
import { registeredDomain } from "../tenant/domain-name";
import { ownershipValue, PROOF_LABEL, proofName } from "../tenant/ownership";
import { namesOf } from "../tenant/tenant";
import { imperative, type LoadBalancer } from "./dns";
import { isOurResolver, resolverFault } from "./own-resolver";
import type { Resolver } from "./ports";

/** Which names have to be proven, and by what value (core/tenant/ownership.ts). */
export interface Proof {
  readonly value: string;
  readonly names: readonly string[];
}

/**
 * What the owner has to prove: the names that no certificate of the tenant serves yet. What is served goes on being renewed, whatever became of
 * the record that proved it.
 */
export function proofOf(
  { tenant, certificate, further = [] }: Pick<TenantRecord, "tenant" | "certificate" | "further">,
  stack: string,
): Proof | undefined {
  if (tenant.owner === undefined) return undefined;
  const served = new Set([certificate, ...further].flatMap((one) => one?.names ?? []));
  return {
    value: ownershipValue(stack, tenant.owner),
    names: namesOf(tenant).filter((name) => !served.has(name)),
  };
}

export type ProofCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: Reason; readonly ours?: boolean };

/**
 * Does the name's zone hold the owner's value? A "no" is asked again at the zone's own servers, as for addresses: whoever has just set the record
 * does not wait for caches to forget.
 */
export async function checkOwnership(
  name: string,
  proof: Proof,
  resolver: Resolver,
  loadBalancer: LoadBalancer,
): Promise<ProofCheck> {
  const seen = await look(name, proof, resolver, loadBalancer);
  if (seen.ok || seen.reason.code !== "OWNERSHIP_UNPROVEN") return seen;
  const source = await resolver.authoritative?.(name);
  const fresh = source && (await look(name, proof, source, loadBalancer));
  return fresh && (fresh.ok || fresh.reason.code !== "DNS_SERVFAIL") ? fresh : seen;
}

async function look(name: string, proof: Proof, resolver: Resolver, loadBalancer: LoadBalancer): Promise<ProofCheck> {
  const others: string[] = [];
  let unread: string | undefined;
  for (const at of placesOf(name)) {
    const answer = await resolver.txt(at);
    if (answer.status === "servfail") unread ??= answer.detail;
    if (answer.status !== "ok") continue;
    const values = answer.records.map(unquoted);
    if (values.includes(proof.value)) return { ok: true };
    others.push(...values.filter((value) => value.startsWith("certfront=")));
  }
  if (unread !== undefined) {
    if (await isOurResolver(unread, resolver, loadBalancer)) return resolverFault(name, unread);
    return { ok: false, reason: servfail(name, unread) };
  }
  const wanted: DnsAdvice = {
    name: proofName(name, proof.names),
    type: "TXT",
    action: "create",
    values: [proof.value],
  };
  const there =
    others.length > 0
      ? `its record names somebody else (${others.slice(0, 3).join(", ")})`
      : `there is no record ${wanted.name}`;
  const sentence = `Nothing in DNS shows that ${name} belongs to the customer who asked for it: ${there}. ${imperative(wanted)}`;
  return { ok: false, reason: { code: "OWNERSHIP_UNPROVEN", sentence, dns: [wanted] } };
}

function placesOf(name: string): string[] {
  const labels = name.split(".");
  const depth = labels.length - (registeredDomain(name) ?? name).split(".").length;
  return Array.from({ length: depth + 1 }, (_, level) => `${PROOF_LABEL}.${labels.slice(level).join(".")}`);
}

/** Panels ask for the value with or without quotes, and people paste either. */
const unquoted = (value: string): string =>
  value
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();

function servfail(name: string, detail: string): Reason {
  return {
    code: "DNS_SERVFAIL",
    sentence: `The TXT records that show whose ${name} is cannot be read (${detail}). Often DNSSEC is broken: ask whoever runs the domain's DNS.`,
  };
}
