import type { CaSettings } from "../core/ca/certificate-authority";
import { CHALLENGE_PATH } from "../core/ca/challenge";
import type { PublicDns } from "../core/handover/records";
import { answerProblem } from "../core/preflight/answer";
import { caaPermits, lookUpCaa } from "../core/preflight/caa";
import { caaForbids } from "../core/preflight/caa-advice";
import { checkDns, type LoadBalancer } from "../core/preflight/dns";
import { checkOwnership, type Proof } from "../core/preflight/ownership";
import type { HttpProbe, Resolver } from "../core/preflight/ports";
import type { DnsAdvice, Reason, ReasonCode } from "../core/record/reason";
import type { CertificateSummary } from "../core/record/record";
import { utcMinute } from "../core/status/words";
import type { Handshake } from "../wire/tls";

/** One thing looked at, and what was found. */
export interface Step {
  readonly name: string;
  readonly check: "dns" | "owner" | "caa" | "port 80" | "https";
  /** unknown: could not be found out from here, which is no fault of the tenant's. */
  readonly result: "good" | "bad" | "unknown";
  readonly sentence: string;
  /** Where it is what the issuer would have as its reason. */
  readonly code?: ReasonCode;
  readonly dns?: readonly DnsAdvice[];
}

export interface ExplainParts {
  readonly resolver: Resolver & PublicDns;
  readonly probe: HttpProbe;
  readonly handshake: Handshake;
  readonly loadBalancer: LoadBalancer;
  readonly cas: readonly Pick<CaSettings, "name" | "caaIdentities">[];
  readonly httpsPort: number;
  /** Of the account key that the fronts answer challenges for. */
  readonly thumbprint: string;
}

/** The preflight of one name from here, with what a visitor sees after it. */
export async function explainName(
  name: string,
  certificate: CertificateSummary | undefined,
  parts: ExplainParts,
  token: string,
  proof?: Proof,
): Promise<Step[]> {
  const dns = await dnsStep(name, parts);
  const owner = proof?.names.includes(name) ? [await ownerStep(name, proof, parts)] : [];
  const caa = caaStep(name, parts);
  const checks = parts.loadBalancer.addresses.map(async (address) => [
    await port80Step(name, address, parts, token),
    ...(certificate ? [await httpsStep(name, address, certificate, parts)] : []),
  ]);
  return [dns, ...owner, await caa, ...(await Promise.all(checks)).flat()];
}

async function dnsStep(name: string, { resolver, loadBalancer }: ExplainParts): Promise<Step> {
  const found = await checkDns(name, resolver, loadBalancer);
  if (found.ok)
    return {
      name,
      check: "dns",
      result: "good",
      sentence: `${name} points to ${found.addresses.join(", ")}, which is ours.`,
    };
  return refusal(name, "dns", found.reason);
}

async function ownerStep(name: string, proof: Proof, { resolver, loadBalancer }: ExplainParts): Promise<Step> {
  const found = await checkOwnership(name, proof, resolver, loadBalancer);
  if (!found.ok) return refusal(name, "owner", found.reason);
  return {
    name,
    check: "owner",
    result: "good",
    sentence: `DNS shows that ${name} is the customer's who asked for it.`,
  };
}

function refusal(name: string, check: Step["check"], { code, sentence, dns }: Reason): Step {
  return { name, check, result: "bad", sentence: `${code}: ${sentence}`, code, ...(dns && { dns }) };
}

async function caaStep(name: string, { resolver, cas }: ExplainParts): Promise<Step> {
  const step = (result: Step["result"], sentence: string): Step => ({ name, check: "caa", result, sentence });
  const found = await lookUpCaa(name, resolver);
  if (found.status === "servfail")
    return refusal(name, "caa", {
      code: "DNS_SERVFAIL",
      sentence: `the CAA records of ${found.at} cannot be read (${found.detail}), so a CA refuses.`,
    });
  if (found.records.length === 0) return step("good", `No CAA record of ${name} or above: every CA may issue.`);
  let asked = false;
  const accountUrl = async () => {
    asked = true;
    return "unknown from here";
  };
  const permitted: string[] = [];
  for (const ca of cas)
    if (await caaPermits(found.records, { caaIdentities: ca.caaIdentities, accountUrl })) permitted.push(ca.name);
  if (permitted.length > 0) return step("good", `The CAA records of ${found.at} allow ${permitted.join(", ")}.`);
  // RFC 8657: whether the named account is ours, only the issuer knows.
  if (asked)
    return step(
      "unknown",
      `The CAA records of ${found.at} allow one ACME account only; the issuer compares it with its own.`,
    );
  const identities = cas.map(({ caaIdentities }) => ({ caaIdentities, accountUrl: async () => undefined }));
  const { at = name, owner, records } = found;
  return refusal(name, "caa", await caaForbids({ name, at, owner, records }, identities));
}

async function port80Step(
  name: string,
  address: string,
  { probe, thumbprint }: ExplainParts,
  token: string,
): Promise<Step> {
  const answer = await probe.get(address, name, CHALLENGE_PATH + token);
  const problem = answerProblem({ name, address, token, answer, thumbprint });
  if (problem) return refusal(name, "port 80", problem);
  return { name, check: "port 80", result: "good", sentence: `${address} answers a CA's challenges for ${name}.` };
}

async function httpsStep(
  name: string,
  address: string,
  certificate: CertificateSummary,
  { handshake, httpsPort }: ExplainParts,
): Promise<Step> {
  const step = (result: Step["result"], sentence: string): Step => ({ name, check: "https", result, sentence });
  const seen = await handshake({ address, port: httpsPort, name });
  if (seen.status !== "served") return step("bad", `${address} serves no certificate for ${name}: ${seen.detail}.`);
  const serial = seen.leaf.serialNumber.toLowerCase();
  if (serial === certificate.serial)
    return step(
      "good",
      `${address} serves the present certificate, which ends ${utcMinute(Date.parse(seen.leaf.validTo))}, over ${seen.protocol}.`,
    );
  return step(
    "bad",
    `${address} serves another certificate (serial ${serial}, ends ${utcMinute(Date.parse(seen.leaf.validTo))}) than the stored one (${certificate.serial}).`,
  );
}
