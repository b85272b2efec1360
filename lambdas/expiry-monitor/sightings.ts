import type { CertificateSummary, ServedState } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import {
  type Finding,
  findingsAt,
  findingsOf,
  leafFacts,
  type ProblemKind,
  type ServedLeaf,
} from "./certificate-findings";
import type { Handshake, HandshakeResult } from "./handshake";

export interface Eyes {
  readonly addresses: readonly string[];
  readonly httpsPort: number;
  readonly handshake: Handshake;
}

/** One name at one address, with what is wrong there. */
export interface Sighting {
  readonly name: string;
  readonly at: string;
  readonly findings: readonly Finding[];
  readonly served?: ServedLeaf;
}

/** What `entry`'s names are served with, at every address. */
export async function lookAt(
  entry: TenantIndexEntry,
  before: ServedState | undefined,
  now: number,
  eyes: Eyes,
): Promise<Sighting[]> {
  const { certificate } = entry;
  const seen = await Promise.all(
    entry.names.flatMap((name) =>
      eyes.addresses.map((address) =>
        certificate?.names.includes(name)
          ? lookAtOwn(certificate, name, address, now, eyes)
          : lookAtOther(wasServed(name, before), name, address, now, eyes),
      ),
    ),
  );
  return seen.filter((one) => one !== undefined);
}

async function lookAtOwn(
  stored: CertificateSummary,
  name: string,
  address: string,
  now: number,
  eyes: Eyes,
): Promise<Sighting> {
  const result = await handshakeTwice(name, address, eyes);
  if (result.status !== "served") return unserved(name, address, result);
  return {
    name,
    at: address,
    findings: findingsOf(result, { name, stored, now }),
    served: leafFacts(result.leaf),
  };
}

/**
 * A name that the tenant's present certificate lacks. It may have none yet, which is no finding; or it is served with another one
 * (its former tenant's, the tenant's own last), which ends like any other, and must not go before it is replaced.
 */
async function lookAtOther(
  known: boolean,
  name: string,
  address: string,
  now: number,
  eyes: Eyes,
): Promise<Sighting | undefined> {
  const result = known
    ? await handshakeTwice(name, address, eyes)
    : await eyes.handshake({ address, port: eyes.httpsPort, name });
  if (result.status !== "served") return known ? unserved(name, address, result) : undefined;
  return { name, at: address, findings: findingsAt(result, { name, now }), served: leafFacts(result.leaf) };
}

/** Only what was once seen served is written down of such a name (served-state.ts). */
function wasServed(name: string, before: ServedState | undefined): boolean {
  return before?.names.some((seen) => seen.name === name && seen.at !== "public") ?? false;
}

/** Twice: a lost packet is not a finding. */
async function handshakeTwice(
  name: string,
  address: string,
  { handshake, httpsPort: port }: Eyes,
): Promise<HandshakeResult> {
  const target = { address, port, name };
  const result = await handshake(target);
  return result.status === "served" ? result : handshake(target);
}

function unserved(name: string, at: string, result: Exclude<HandshakeResult, { status: "served" }>): Sighting {
  return { name, at, findings: [{ kind: result.status, problem: result.detail }] };
}

/** Fronts apply a change within seconds; only after this long is the certificate from before it a finding, ms. */
export const FRONT_LAG_MS = 5 * 60_000;

/** What a change that is on its way to the fronts looks like. */
const ON_ITS_WAY: ReadonlySet<ProblemKind> = new Set(["refused", "wrong-names", "other-certificate"]);

/**
 * A certificate stored a moment ago is not on every front yet, and the index that told us what is stored may be behind the
 * fronts: neither is a finding.
 * @param again asks the index again, where something else than expected is served
 */
export async function forgiveWhatIsOnItsWay(
  sightings: readonly Sighting[],
  entry: TenantIndexEntry,
  now: number,
  again: (domain: string) => Promise<TenantIndexEntry | undefined>,
): Promise<readonly Sighting[]> {
  if (!sightings.some(({ findings }) => findings.some(({ kind }) => ON_ITS_WAY.has(kind)))) return sightings;
  const present = (await again(entry.domain)) ?? entry;
  const removed = present.state === "removed" || (entry.certificate !== undefined && present.certificate === undefined);
  // A revision far in the future is a wrong clock, not a recent change.
  const recent = Math.abs(now - present.revision) < FRONT_LAG_MS;
  return sightings.map((sighting) => {
    const asStoredNow = sighting.served?.fingerprint === present.certificate?.fingerprint;
    const forgiven = ({ kind }: Finding) =>
      (ON_ITS_WAY.has(kind) && (recent || removed)) || (kind === "other-certificate" && asStoredNow);
    return { ...sighting, findings: sighting.findings.filter((finding) => !forgiven(finding)) };
  });
}
