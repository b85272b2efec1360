import { createHash } from "node:crypto";
import type { ServedState } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { type Finding, keepsVisitorsOut } from "./certificate-findings";
import { overdueFraction, type Validity } from "./lifetime";
import type { Lookup, PublicDns } from "./public-dns";
import { type Leading, leadingOf, type RenewalNeeds, renewalProblem } from "./renewal-check";
import { type Eyes, forgiveWhatIsOnItsWay, lookAt, type Sighting } from "./sightings";

export interface TenantCheckContext extends RenewalNeeds, Eyes {
  readonly addresses: readonly string[];
  readonly timeScale: number;
  readonly dns: PublicDns;
  /** Asks the index again, where something else than expected is served. */
  readonly again: (domain: string) => Promise<TenantIndexEntry | undefined>;
}

export interface TenantCheck {
  readonly domain: string;
  readonly sightings: readonly Sighting[];
  /** Where the name's own DNS leads visitors. */
  readonly leading: ReadonlyMap<string, Leading>;
  /** Of the certificate seen that ends first; else of the stored one, where there is one. */
  readonly validity?: Validity;
  readonly overdueFraction?: number;
  readonly renewalCheck: NonNullable<ServedState["renewalCheck"]>;
}

/**
 * Looks at all names of one tenant at every address. Throws only what the table throws.
 * @returns undefined where there is nothing to serve yet
 */
export async function checkTenant(
  entry: TenantIndexEntry,
  before: ServedState | undefined,
  now: number,
  context: TenantCheckContext,
): Promise<TenantCheck | undefined> {
  const sightings = await forgiveWhatIsOnItsWay(await lookAt(entry, before, now, context), entry, now, context.again);
  const { certificate } = entry;
  if (!certificate && sightings.length === 0) return undefined;
  const addresses = new Map(
    await Promise.all(entry.names.map(async (name) => [name, await context.dns.a(name)] as const)),
  );
  const leading = new Map([...addresses].map(([name, answer]) => [name, leadingOf(answer, context.addresses)]));
  // What a name that left is still served with by the way ends unseen; the tenant's own certificate counts as a whole.
  const counted = sightings.filter(({ name }) => certificate?.names.includes(name) || isHere(leading.get(name)));
  const validity = firstToEnd(counted) ?? certificate ?? firstToEnd(sightings);
  return {
    domain: entry.domain,
    sightings,
    leading,
    ...(validity && { validity, overdueFraction: overdueFraction(validity, now) }),
    renewalCheck: certificate
      ? await checkRenewal(entry, before?.renewalCheck, addresses, now, context)
      : (before?.renewalCheck ?? { checkedAt: now }),
  };
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
  return [...leading.values()].some(isHere);
}

function isHere(where: Leading = "unknown"): boolean {
  return where !== "elsewhere" && where !== "nowhere";
}

/** Names that visitors, who come here, cannot open. */
export function unreachableNames({ sightings, leading }: TenantCheck): string[] {
  return namesWith(sightings, ({ kind }) => keepsVisitorsOut(kind)).filter((name) => isHere(leading.get(name)));
}

/** Names at which something else than the stored certificate is served, or it is served badly. */
export function mismatchedNames({ sightings }: TenantCheck): string[] {
  return namesWith(sightings, ({ kind }) => !keepsVisitorsOut(kind));
}

function namesWith(sightings: readonly Sighting[], matches: (finding: Finding) => boolean): string[] {
  return [...new Set(sightings.filter(({ findings }) => findings.some(matches)).map(({ name }) => name))];
}
