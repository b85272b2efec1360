import { AcmeError, type CertificateAuthority } from "../../ca/certificate-authority";
import { type CaaIdentity, caaPermits, lookUpCaaAtSource } from "../../preflight/caa";
import { caaForbids } from "../../preflight/caa-advice";
import type { FailedName, PassedName } from "../../preflight/preflight";
import type { TenantRecord } from "../../record/record";
import { emergencyAt } from "../../renewal/policy";
import type { IssuerPorts } from "../ports";
import { Setback } from "../setback";
import type { Turn } from "../turn";

/** A CA that may be asked, for the names its CAA records allow it. */
export interface Candidate {
  readonly ca: CertificateAuthority;
  readonly names: readonly string[];
}

/** CAs that may issue for the most names first; among equals the tenant's own choice, then the stack's order. */
export async function chooseCas(
  record: TenantRecord,
  passed: readonly PassedName[],
  ports: IssuerPorts,
): Promise<{ candidates: Candidate[]; failed: FailedName[] }> {
  const now = ports.clock.now();
  const avoided = new Set(record.avoidCas?.filter(({ until }) => until > now).map(({ ca }) => ca));
  const wanted = [...ports.cas].sort((a, b) => rank(a) - rank(b));
  function rank(ca: CertificateAuthority): number {
    if (avoided.has(ca.settings.name)) return 2;
    return ca.settings.name === record.tenant.ca ? 0 : 1;
  }

  const current = await Promise.all(passed.map((name) => atSourceWhereForbidden(name, ports)));
  const candidates: Candidate[] = [];
  for (const ca of wanted) {
    const permitted = await Promise.all(current.map(({ caa }) => permits(caa, ca)));
    candidates.push({ ca, names: current.filter((_, position) => permitted[position]).map(({ name }) => name) });
  }
  const best = candidates.filter(({ names }) => names.length > 0).sort((a, b) => b.names.length - a.names.length);
  const allowed = new Set(best.flatMap(({ names }) => names));
  const failed = await Promise.all(
    current.filter(({ name }) => !allowed.has(name)).map((name) => forbidden(name, ports.cas)),
  );
  return { candidates: best, failed };
}

/** Records that let none of our CAs issue are asked for again at the zone itself: they may just have been corrected. */
async function atSourceWhereForbidden(name: PassedName, { cas, resolver }: IssuerPorts): Promise<PassedName> {
  if (name.caaAt === undefined) return name;
  const permitted = await Promise.all(cas.map((ca) => permits(name.caa, ca)));
  if (permitted.includes(true)) return name;
  const source = await lookUpCaaAtSource(name.name, name.caaAt, resolver);
  if (source?.status !== "ok") return name;
  const { records, at, owner } = source;
  return {
    name: name.name,
    caa: records,
    ...(at !== undefined && { caaAt: at }),
    ...(owner !== undefined && { caaOwner: owner }),
  };
}

async function permits(caa: PassedName["caa"], ca: CertificateAuthority): Promise<boolean> {
  return caaPermits(caa, identityOf(ca));
}

/** An account that cannot be had cannot be compared either: the order will say what is wrong with the CA. */
function identityOf(ca: CertificateAuthority): CaaIdentity {
  return {
    caaIdentities: ca.settings.caaIdentities,
    accountUrl: async () => {
      try {
        return await ca.accountUrl();
      } catch (error) {
        if (error instanceof AcmeError) return undefined;
        throw error;
      }
    },
  };
}

/** Why a CA is not worth asking now, without asking it. Where there is nothing against it, its limits count the order as placed. */
export async function unavailable(
  turn: Turn,
  ca: CertificateAuthority,
  names: readonly string[],
): Promise<Setback | undefined> {
  const { tenant, ports, domain } = turn;
  const { name } = ca.settings;
  const { certificate: replaces, renewal } = tenant.record;
  const now = turn.now();
  const emergency = replaces !== undefined && now >= emergencyAt(replaces);
  const down = await ports.outages.until(name);
  // Somebody asked for it, or there is no time left: then it is worth a no.
  if (down !== undefined && !emergency && renewal?.source !== "requested") {
    const sentence = `${name} is not asked for ${domain} now: it failed or limited us moments ago, and is tried again later.`;
    return new Setback({ code: "CA_DOWN", sentence }, { kind: "outage", retryAt: down });
  }
  const inAriWindow = renewal?.source === "ari" && now >= renewal.renewAt;
  const limit = await ports.limits.take(name, { names, replaces, inAriWindow });
  if (limit && !emergency) {
    const sentence = `${name} allows ${limit.description}, and that is used up; ${domain} has its turn as soon as there is room.`;
    return new Setback({ code: "RATE_LIMITED", sentence }, { kind: "outage", retryAt: limit.retryAt });
  }
  return undefined;
}

async function forbidden(
  { name, caa, caaAt = name, caaOwner }: PassedName,
  cas: readonly CertificateAuthority[],
): Promise<FailedName> {
  const found = { name, at: caaAt, owner: caaOwner, records: caa };
  return { name, reason: await caaForbids(found, cas.map(identityOf)) };
}
