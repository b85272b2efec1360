import type { FrontItem } from "../record/record";
import type { StoredCertificate } from "../record/store";
import type { IssuerPorts } from "./ports";
import { type LeasedTenant, SupersededError } from "./turn";

type PublishPorts = Pick<IssuerPorts, "store" | "clock">;

/**
 * Writes what fronts are to serve: the tenant's policy as configured, and its current certificate out of the history (or none
 * yet). Then notes the revision in the record, which is what "served by" is measured against.
 */
export async function publish(tenant: LeasedTenant, ports: PublishPorts): Promise<void> {
  const { record } = tenant;
  const { certificate } = record;
  const history = certificate ? await ports.store.certificates(record.tenant.domain) : [];
  const stored = history.find(({ summary }) => summary.fingerprint === certificate?.fingerprint);
  const revision = await putFrontItem(tenant, stored, ports);
  await tenant.save((latest) => ({ ...latest, revision: Math.max(latest.revision, revision) }));
}

/** Tells fronts to drop the tenant. */
export async function drop(tenant: LeasedTenant, ports: PublishPorts): Promise<void> {
  const revision = await putFrontItem(tenant, undefined, ports);
  await tenant.save((latest) => ({ ...latest, revision: Math.max(latest.revision, revision) }));
}

/** What fronts were told last, as this worker knows it. */
export async function frontItemOf(
  { record, memory }: LeasedTenant,
  { store }: PublishPorts,
): Promise<FrontItem | undefined> {
  memory.front ??= { item: await store.frontItem(record.tenant.domain) };
  return memory.front.item;
}

/**
 * Writes the front item with a revision above all before it, and never below the record's.
 * @returns the revision
 */
export async function putFrontItem(
  leased: LeasedTenant,
  certificate: StoredCertificate | undefined,
  ports: PublishPorts,
): Promise<number> {
  const { tenant, state, revision: wanted } = leased.record;
  const previous = await frontItemOf(leased, ports);
  const item: FrontItem = {
    domain: tenant.domain,
    revision: Math.max(ports.clock.now(), wanted, (previous?.revision ?? 0) + 1),
    removed: state === "removed",
    tenant,
    ...(certificate && {
      certificate: { summary: certificate.summary, chain: certificate.chain, key: certificate.key },
    }),
  };
  const written = await ports.store.putFrontItem(item);
  // Only the holder of the lease writes this item, so a lost write means a lost lease: look again.
  if (!written) {
    delete leased.memory.front;
    throw new SupersededError(tenant.domain);
  }
  leased.memory.front = { item };
  return item.revision;
}
