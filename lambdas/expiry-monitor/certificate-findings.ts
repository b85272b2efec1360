import type { X509Certificate } from "node:crypto";
import { isoTime } from "../../core/base/clock";
import type { CertificateSummary } from "../../core/record/record";
import type { HandshakeResult } from "./handshake";

/** What can be wrong with one name at one address. The first four keep visitors out. */
export const PROBLEM_KINDS = [
  "no-connection",
  "refused",
  "not-valid-now",
  "wrong-names",
  "other-certificate",
  "chain-incomplete",
  "chain-ends-first",
  "old-protocol",
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

const KEEPS_VISITORS_OUT: ReadonlySet<ProblemKind> = new Set(PROBLEM_KINDS.slice(0, 4));

export function keepsVisitorsOut(kind: ProblemKind): boolean {
  return KEEPS_VISITORS_OUT.has(kind);
}

export interface Finding {
  readonly kind: ProblemKind;
  /** Plain sentence part, for `status` and the log. */
  readonly problem: string;
}

/** The served leaf's own words. */
export interface ServedLeaf {
  /** Lower-case hex. */
  readonly serial: string;
  readonly fingerprint: string;
  /** ms. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Clocks differ: a certificate that begins within this much of now counts as begun, ms. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

type Served = Extract<HandshakeResult, { status: "served" }>;

/** What is wrong with what was served for `name`, worst first; nothing in good health. */
export function findingsOf(
  served: Served,
  { name, stored, now }: { readonly name: string; readonly stored: CertificateSummary; readonly now: number },
): Finding[] {
  const facts = leafFacts(served.leaf);
  // A certificate equal to the stored one to the last byte was checked before it was stored.
  const asStored = facts.fingerprint === stored.fingerprint;
  const fits = asStored && stored.names.includes(name);
  const problem = `certificate ${facts.serial} is served, ${stored.serial} is stored`;
  return [
    ...expired(served, now),
    ...(fits ? [] : otherNames(served, name)),
    ...(asStored ? [] : [{ kind: "other-certificate" as const, problem }]),
    ...chainFindings(served, now),
  ];
}

/** The same for a name of which nobody said what it is to be served with. */
export function findingsAt(served: Served, { name, now }: { readonly name: string; readonly now: number }): Finding[] {
  return [...expired(served, now), ...otherNames(served, name), ...chainFindings(served, now)];
}

function expired({ leaf, issuers }: Served, now: number): Finding[] {
  const facts = leafFacts(leaf);
  const ending = firstToEnd(issuers);
  const findings: Finding[] = [];
  if (ending && ending.notAfter <= now) {
    findings.push({
      kind: "not-valid-now",
      problem: `${ending.subject}, behind it, expired on ${day(ending.notAfter)}`,
    });
  }
  if (facts.notAfter <= now) {
    findings.push({ kind: "not-valid-now", problem: `the certificate expired on ${day(facts.notAfter)}` });
  } else if (facts.notBefore > now + CLOCK_TOLERANCE_MS) {
    findings.push({ kind: "not-valid-now", problem: `the certificate is not valid before ${day(facts.notBefore)}` });
  }
  return findings;
}

function otherNames({ leaf }: Served, name: string): Finding[] {
  if (leaf.checkHost(name, { subject: "never" }) !== undefined) return [];
  return [{ kind: "wrong-names", problem: `the certificate is for ${namesIn(leaf)}` }];
}

function chainFindings({ leaf, issuers, protocol }: Served, now: number): Finding[] {
  const findings: Finding[] = [];
  const gap = chainGap(leaf, issuers);
  if (gap !== undefined) findings.push({ kind: "chain-incomplete", problem: gap });
  const ending = firstToEnd(issuers);
  if (ending && ending.notAfter > now && ending.notAfter < leafFacts(leaf).notAfter) {
    const problem = `${ending.subject}, behind it, expires on ${day(ending.notAfter)}, before the certificate does`;
    findings.push({ kind: "chain-ends-first", problem });
  }
  if (protocol !== "TLSv1.3" && protocol !== "TLSv1.2") {
    findings.push({ kind: "old-protocol", problem: `the protocol is ${protocol}` });
  }
  return findings;
}

export function leafFacts(leaf: X509Certificate): ServedLeaf {
  return {
    serial: leaf.serialNumber.toLowerCase(),
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
  };
}

function firstToEnd(issuers: readonly X509Certificate[]): { subject: string; notAfter: number } | undefined {
  return issuers
    .map((issuer) => ({ subject: subjectOf(issuer), notAfter: Date.parse(issuer.validTo) }))
    .reduce<{ subject: string; notAfter: number } | undefined>(
      (first, one) => (first && first.notAfter <= one.notAfter ? first : one),
      undefined,
    );
}

/** Many visitors' programs fetch no missing intermediate: each certificate's issuer has to be served behind it. */
function chainGap(leaf: X509Certificate, issuers: readonly X509Certificate[]): string | undefined {
  if (issuers.length === 0) return "the certificate is served without its intermediate";
  let child = leaf;
  for (const issuer of issuers) {
    if (!child.checkIssued(issuer)) return `${subjectOf(issuer)} did not issue ${subjectOf(child)}`;
    child = issuer;
  }
  return undefined;
}

function namesIn(leaf: X509Certificate): string {
  return leaf.subjectAltName?.replaceAll("DNS:", "") ?? "no name at all";
}

function subjectOf(certificate: X509Certificate): string {
  return `"${certificate.subject?.replaceAll("\n", ", ") || "a certificate without subject"}"`;
}

function day(time: number): string {
  const text = isoTime(time);
  return text === "unknown" ? "a time that is no date" : `${text.slice(0, 16).replace("T", " ")} UTC`;
}
