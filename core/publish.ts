import type { IssuerParts } from "./issuer-parts";
import { type LeasedTenant, SupersededError } from "./leased-tenant";
import type { TenantRecord } from "./record";
import type { StoredCertificate } from "./store";

type PublishParts = Pick<IssuerParts, "store" | "clock">;

/**
 * Writes what fronts are to serve: the tenant's policy as configured, and its current certificate out of the history (or none
 * yet). Then notes the revision in the record, which is what "served by" is measured against.
 */
export async function publish(tenant: LeasedTenant, parts: PublishParts): Promise<void> {
  const { record } = tenant;
  const { certificate } = record;
  const history = certificate ? await parts.store.certificates(record.tenant.domain) : [];
  const stored = history.find(({ summary }) => summary.fingerprint === certificate?.fingerprint);
  const revision = await putFrontItem(record, stored, parts);
  await tenant.save((latest) => ({ ...latest, revision: Math.max(latest.revision, revision) }));
}

/** Tells fronts to drop the tenant. */
export async function drop(tenant: LeasedTenant, parts: PublishParts): Promise<void> {
  const revision = await putFrontItem(tenant.record, undefined, parts);
  await tenant.save((latest) => ({ ...latest, revision: Math.max(latest.revision, revision) }));
}

/**
 * Writes the front item with a revision above all before it, and never below the record's.
 * @returns the revision
 */
export async function putFrontItem(
  { tenant, state, revision: wanted }: TenantRecord,
  certificate: StoredCertificate | undefined,
  { store, clock }: PublishParts,
): Promise<number> {
  const previous = await store.frontItem(tenant.domain);
  const revision = Math.max(clock.now(), wanted, (previous?.revision ?? 0) + 1);
  const removed = state === "removed";
  const written = await store.putFrontItem({
    domain: tenant.domain,
    revision,
    removed,
    tenant,
    ...(certificate && {
      certificate: { summary: certificate.summary, chain: certificate.chain, key: certificate.key },
    }),
  });
  // Only the holder of the lease writes this item, so a lost write means a lost lease: look again.
  if (!written) throw new SupersededError(tenant.domain);
  return revision;
}
