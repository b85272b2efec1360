import { HOUR } from "../base/clock";
import type { CertificateSummary, Heir, RenewalPlan, TenantRecord } from "../record/record";
import type { Store, StoredCertificate, TenantIndexEntry } from "../record/store";
import { isAnothers } from "../tenant/ownership";
import { namesOf, type Tenant } from "../tenant/tenant";

/** A front that has been away for longer than this has no old state to go on serving; heirs are not told any more then. */
const HEIRS_TOLD = HOUR;

/** What a tenant gets with names that others had. Their certificates and nothing else: no upstream, no client CA, no policy. */
export interface Inheritance {
  readonly certificates: readonly StoredCertificate[];
  /** Of the first certificate, where that was the former holder's present one. */
  readonly renewal?: RenewalPlan;
  /** Fingerprints of those that were revoked. */
  readonly revoked: readonly string[];
}

const NOTHING: Inheritance = { certificates: [], revoked: [] };

/**
 * Which names go from one tenant to another with a new list. Whoever gets a name also gets the certificate that it is served with,
 * so that it stays served, by the new tenant's rules, until there is a new certificate: a CA that is down costs nobody a name.
 */
export class Succession {
  private readonly owners: ReadonlyMap<string, string>;
  /** New owner → those who have, or had, its names. */
  private readonly holders = new Map<string, Set<string>>();

  constructor(
    tenants: readonly Tenant[],
    stored: Iterable<TenantIndexEntry>,
    private readonly store: Pick<Store, "tenant" | "certificates">,
    private readonly now: number,
  ) {
    this.owners = new Map(tenants.flatMap((tenant) => namesOf(tenant).map((name) => [name, tenant.domain] as const)));
    for (const entry of stored) {
      for (const name of [...entry.names, ...(entry.certificate?.names ?? [])]) {
        const owner = this.owners.get(name);
        if (owner === undefined || owner === entry.domain) continue;
        this.holders.set(owner, (this.holders.get(owner) ?? new Set()).add(entry.domain));
      }
    }
  }

  /** Whether all names of a tenant go on with another one: it is renamed, not removed. */
  livesOn({ names }: TenantIndexEntry): boolean {
    return names.every((name) => this.owners.has(name));
  }

  /** Those who get names that the record's tenant has until now. */
  heirsOf(record: TenantRecord, next: Tenant | undefined): { heirs?: readonly Heir[] } {
    const kept = next ? namesOf(next) : [];
    const lost = namesOf(record.tenant).filter((name) => !kept.includes(name));
    const domains = new Set(lost.flatMap((name) => this.owners.get(name) ?? []));
    domains.delete(record.tenant.domain);
    const earlier = record.heirs?.filter(
      ({ domain, revision }) => revision > this.now - HEIRS_TOLD && !domains.has(domain),
    );
    const heirs = [...(earlier ?? []), ...[...domains].map((domain) => ({ domain, revision: this.now }))];
    return heirs.length > 0 ? { heirs } : {};
  }

  /** Certificates of those who had the tenant's names, for the names that its own do not serve. Reads nothing where nobody had any. */
  async inherited(tenant: Tenant): Promise<Inheritance> {
    const domains = this.holders.get(tenant.domain);
    if (!domains) return NOTHING;
    const record = await this.store.tenant(tenant.domain);
    const found = await Promise.all([...domains].map((domain) => this.store.tenant(domain)));
    // Another customer's certificate is not lent to whoever asks for the name: they prove that it is theirs first.
    const holders = found.filter((one) => one !== undefined).filter((one) => !isAnothers(one.tenant, tenant));
    const lacking = new Set(namesOf(tenant).filter((name) => !served(record, this.now).includes(name)));
    const offers = holders.flatMap((holder) =>
      certificatesOf(holder)
        .filter(({ notAfter }) => notAfter > this.now)
        .map((summary) => ({ holder, summary })),
    );
    const chosen: typeof offers = [];
    while (lacking.size > 0) {
      const [best] = offers
        .map((offer) => ({ ...offer, gain: offer.summary.names.filter((name) => lacking.has(name)).length }))
        .sort((a, b) => b.gain - a.gain || b.summary.notBefore - a.summary.notBefore);
      if (!best || best.gain === 0) break;
      for (const name of best.summary.names) lacking.delete(name);
      chosen.push({ holder: best.holder, summary: best.summary });
    }
    const certificates = await Promise.all(
      chosen.map(async ({ holder, summary }) => copyOf(await this.storedOf(holder, summary), tenant.domain)),
    );
    const [first] = chosen;
    const isPresent = first?.holder.certificate?.fingerprint === first?.summary.fingerprint;
    const revoked = chosen.flatMap(({ holder, summary }) =>
      holder.revoked?.includes(summary.fingerprint) ? [summary.fingerprint] : [],
    );
    return {
      certificates: certificates.filter((one) => one !== undefined),
      ...(isPresent && first?.holder.renewal && { renewal: first.holder.renewal }),
      revoked,
    };
  }

  private async storedOf(holder: TenantRecord, summary: CertificateSummary): Promise<StoredCertificate | undefined> {
    const history = await this.store.certificates(holder.tenant.domain);
    return history.find((one) => one.summary.fingerprint === summary.fingerprint);
  }
}

function copyOf(stored: StoredCertificate | undefined, domain: string): StoredCertificate | undefined {
  if (!stored) return undefined;
  const issuedTo = stored.summary.issuedTo ?? stored.domain;
  const { issuedTo: _former, ...summary } = stored.summary;
  // What comes back to where it was issued is its own again.
  return { ...stored, domain, summary: issuedTo === domain ? summary : { ...summary, issuedTo } };
}

/** The record with what it inherits: the first certificate where it has none that it could serve its own domain with. */
export function withInheritance(record: TenantRecord, inheritance: Inheritance, now: number): TenantRecord {
  const [first, ...others] = inheritance.certificates.map(({ summary }) => summary);
  if (!first) return record;
  const { certificate, renewal, further, revoked, ...rest } = record;
  const asPresent = (!certificate || certificate.notAfter <= now) && first.names.includes(record.tenant.domain);
  const present = asPresent ? first : certificate;
  // Without a plan it is replaced at once.
  const plan = asPresent ? (inheritance.renewal ?? { renewAt: now, source: "lifetime" as const }) : renewal;
  const added = asPresent ? others : [first, ...others];
  const kept = (further ?? []).filter(({ fingerprint }) => !added.some((one) => one.fingerprint === fingerprint));
  const known = [...new Set([...inheritance.revoked, ...(revoked ?? [])])];
  const next: TenantRecord = {
    ...rest,
    ...(present && { certificate: present }),
    ...(plan && { renewal: plan }),
    ...(known.length > 0 && { revoked: known }),
  };
  return { ...next, ...stillNeeded({ ...next, further: [...added, ...kept] }, now) };
}

/**
 * Of the further certificates, those that serve a name which the present one and the ones before it lack; none that was revoked.
 * Spread into a record: without any, the field is left out.
 */
export function stillNeeded(
  { tenant, certificate, further = [], revoked }: Pick<TenantRecord, "tenant" | "certificate" | "further" | "revoked">,
  now: number,
): { further?: readonly CertificateSummary[] } {
  const lacking = new Set(namesOf(tenant).filter((name) => !certificate?.names.includes(name)));
  const needed = further.filter(({ names, notAfter, fingerprint }) => {
    if (notAfter <= now || fingerprint === certificate?.fingerprint || revoked?.includes(fingerprint)) return false;
    const gained = names.filter((name) => lacking.delete(name));
    return gained.length > 0;
  });
  return needed.length > 0 ? { further: needed } : {};
}

function certificatesOf({ certificate, further = [] }: TenantRecord): CertificateSummary[] {
  return [...(certificate ? [certificate] : []), ...further];
}

function served(record: TenantRecord | undefined, now: number): string[] {
  if (!record) return [];
  return certificatesOf(record).flatMap(({ names, notAfter }) => (notAfter > now ? names : []));
}
