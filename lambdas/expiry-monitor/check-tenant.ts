import { createHash } from "node:crypto";
import type { CertificateSummary, ServedState } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import {
  type Finding,
  findingsOf,
  keepsVisitorsOut,
  leafFacts,
  type ProblemKind,
  type ServedLeaf,
} from "./certificate-findings";
import type { Handshake, HandshakeResult } from "./handshake";
import { overdueFraction, type Validity } from "./lifetime";
import type { Lookup, PublicDns } from "./public-dns";
import { type Leading, leadingOf, type RenewalNeeds, renewalProblem } from "./renewal-check";

export type CertifiedTenant = TenantIndexEntry & { readonly certificate: CertificateSummary };

export interface TenantCheckContext extends RenewalNeeds {
  readonly httpsPort: number;
  readonly timeScale: number;
  readonly handshake: Handshake;
  readonly dns: PublicDns;
  /** Asks the index again, where something else than expected is served. */
  readonly again: (domain: string) => Promise<TenantIndexEntry | undefined>;
}

/** One name at one address, with what is wrong there. */
export interface Sighting {
  readonly name: string;
  readonly at: string;
  readonly findings: readonly Finding[];
  readonly served?: ServedLeaf;
}

export interface TenantCheck {
  readonly domain: string;
  readonly sightings: readonly Sighting[];
  /** Where the name's own DNS leads visitors. */
  readonly leading: ReadonlyMap<string, Leading>;
  /** Of the certificate seen that ends first. */
  readonly validity: Validity;
  readonly overdueFraction: number;
  readonly renewalCheck: NonNullable<ServedState["renewalCheck"]>;
}

/** Fronts apply a change within seconds; only after this long is the certificate from before it a finding, ms. */
export const FRONT_LAG_MS = 5 * 60_000;

/** What a change that is on its way to the fronts looks like. */
const ON_ITS_WAY: ReadonlySet<ProblemKind> = new Set(["refused", "wrong-names", "other-certificate"]);

/** Looks at all names of one tenant at every address. Throws only what the table throws. */
export async function checkTenant(
  entry: CertifiedTenant,
  before: ServedState | undefined,
  now: number,
  context: TenantCheckContext,
): Promise<TenantCheck> {
  const addresses = new Map(
    await Promise.all(entry.names.map(async (name) => [name, await context.dns.a(name)] as const)),
  );
  // A name added since is not on the certificate yet; a name taken out no longer matters.
  const certified = entry.names.filter((name) => entry.certificate.names.includes(name));
  const seen = await Promise.all(
    certified.flatMap((name) =>
      context.addresses.map((address) => look(entry.certificate, name, address, now, context)),
    ),
  );
  const sightings = await forgiveWhatIsOnItsWay(seen, entry, now, context);
  const validity = firstToEnd(sightings) ?? entry.certificate;
  return {
    domain: entry.domain,
    sightings,
    leading: new Map([...addresses].map(([name, answer]) => [name, leadingOf(answer, context.addresses)])),
    validity,
    overdueFraction: overdueFraction(validity, now),
    renewalCheck: await checkRenewal(entry, before?.renewalCheck, addresses, now, context),
  };
}

async function look(
  stored: CertificateSummary,
  name: string,
  address: string,
  now: number,
  { handshake, httpsPort }: TenantCheckContext,
): Promise<Sighting> {
  const target = { address, port: httpsPort, name };
  let result: HandshakeResult = await handshake(target);
  // Once more: a lost packet is not a finding.
  if (result.status !== "served") result = await handshake(target);
  if (result.status !== "served") {
    return { name, at: address, findings: [{ kind: result.status, problem: result.detail }] };
  }
  return {
    name,
    at: address,
    findings: findingsOf(result, { name, stored, now }),
    served: leafFacts(result.leaf),
  };
}

/**
 * A certificate stored a moment ago is not on every front yet, and the index that told us what is stored may be behind the
 * fronts: neither is a finding.
 */
async function forgiveWhatIsOnItsWay(
  sightings: readonly Sighting[],
  entry: CertifiedTenant,
  now: number,
  { again }: TenantCheckContext,
): Promise<readonly Sighting[]> {
  if (!sightings.some(({ findings }) => findings.some(({ kind }) => ON_ITS_WAY.has(kind)))) return sightings;
  const present = (await again(entry.domain)) ?? entry;
  const removed = present.state === "removed" || present.certificate === undefined;
  // A revision far in the future is a wrong clock, not a recent change.
  const recent = Math.abs(now - present.revision) < FRONT_LAG_MS;
  return sightings.map((sighting) => {
    const asStoredNow = sighting.served?.fingerprint === present.certificate?.fingerprint;
    const forgiven = ({ kind }: Finding) =>
      (ON_ITS_WAY.has(kind) && (recent || removed)) || (kind === "other-certificate" && asStoredNow);
    return { ...sighting, findings: sighting.findings.filter((finding) => !forgiven(finding)) };
  });
}

function firstToEnd(sightings: readonly Sighting[]): Validity | undefined {
  return sightings
    .flatMap(({ served }) => served ?? [])
    .reduce<Validity | undefined>(
      (first, leaf) => (first && first.notAfter <= leaf.notAfter ? first : leaf),
      undefined,
    );
}

const DAY = 86_400_000;

/** Once a day for each tenant, spread over six hours; each time while it fails, so that a cure shows within the hour. */
async function checkRenewal(
  { domain, names }: TenantIndexEntry,
  before: ServedState["renewalCheck"],
  addresses: ReadonlyMap<string, Lookup<string>>,
  now: number,
  context: TenantCheckContext,
): Promise<NonNullable<ServedState["renewalCheck"]>> {
  const spread = createHash("md5").update(domain).digest().readUInt16BE(0) / 65_536;
  const interval = (DAY * (0.75 + spread / 4)) / context.timeScale;
  const astray = [...addresses.values()].some((answer) => leadingOf(answer, context.addresses) !== "here");
  const due = before === undefined || before.reason !== undefined || now - before.checkedAt >= interval;
  // A clock that went back must not postpone the next look for good.
  if (!due && !astray && now >= before.checkedAt) return before;
  for (const name of names) {
    const answer = addresses.get(name) ?? { status: "failed" as const, detail: "not asked" };
    const reason = await renewalProblem(name, answer, context, context.dns);
    if (reason !== undefined) return { checkedAt: now, reason };
  }
  return { checkedAt: now };
}

/** Whether visitors come here at all. A domain that left is nobody's emergency; where DNS gives no answer, it counts as here. */
export function isVisited({ leading }: Pick<TenantCheck, "leading">): boolean {
  return [...leading.values()].some((where) => where !== "elsewhere" && where !== "nowhere");
}

/** Names that visitors, who come here, cannot open. */
export function unreachableNames({ sightings, leading }: TenantCheck): string[] {
  return namesWith(sightings, ({ kind }) => keepsVisitorsOut(kind)).filter((name) =>
    isVisited({ leading: new Map([[name, leading.get(name) ?? "unknown"]]) }),
  );
}

/** Names at which something else than the stored certificate is served, or it is served badly. */
export function mismatchedNames({ sightings }: TenantCheck): string[] {
  return namesWith(sightings, ({ kind }) => !keepsVisitorsOut(kind));
}

function namesWith(sightings: readonly Sighting[], matches: (finding: Finding) => boolean): string[] {
  return [...new Set(sightings.filter(({ findings }) => findings.some(matches)).map(({ name }) => name))];
}
