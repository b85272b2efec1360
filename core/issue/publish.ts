import type { FrontCertificate, FrontItem } from "../record/record";
import type { StoredCertificate } from "../record/store";
import { waitsFor } from "../record/turn";
import { stillNeeded } from "./succession";
import { SupersededError, type Turn } from "./turn";

/**
 * Writes what fronts are to serve: the tenant's policy as configured, and its current certificate out of the history (or none
 * yet). Then notes the revision in the record, which is what "served by" is measured against.
 */
export async function publish(turn: Turn): Promise<void> {
  const { certificate } = turn.tenant.record;
  const history = certificate ? await turn.ports.store.certificates(turn.domain) : [];
  await putAndNote(
    turn,
    history.find(({ summary }) => summary.fingerprint === certificate?.fingerprint),
  );
}

/** Tells fronts to drop the tenant. */
export function drop(turn: Turn): Promise<void> {
  return putAndNote(turn, undefined);
}

async function putAndNote(turn: Turn, stored: StoredCertificate | undefined): Promise<void> {
  const revision = await putFrontItem(turn, stored);
  await turn.tenant.save(({ further, ...latest }) => ({
    ...latest,
    ...stillNeeded({ ...latest, ...(further && { further }) }, turn.now()),
    revision: Math.max(latest.revision, revision),
  }));
}

/** What fronts were told last, as this worker knows it. */
export async function frontItemOf({ tenant: { memory }, ports, domain }: Turn): Promise<FrontItem | undefined> {
  memory.front ??= { item: await ports.store.frontItem(domain) };
  return memory.front.item;
}

/**
 * Writes the front item with a revision above all before it, and never below the record's.
 * @returns the revision
 */
export async function putFrontItem(turn: Turn, certificate: StoredCertificate | undefined): Promise<number> {
  const { tenant, state, revision: wanted, revoked, heirs } = turn.tenant.record;
  const waits = certificate ? undefined : waitsFor(turn.tenant.record);
  const { memory } = turn.tenant;
  const previous = await frontItemOf(turn);
  const further = state === "removed" ? [] : await furtherOf(turn, certificate);
  const item: FrontItem = {
    domain: tenant.domain,
    revision: Math.max(turn.now(), wanted, (previous?.revision ?? 0) + 1),
    removed: state === "removed",
    tenant,
    ...(revoked && { revoked }),
    ...(certificate && { certificate: forFronts(certificate) }),
    ...(waits && state !== "removed" && { waitsFor: waits }),
    ...(further.length > 0 && { further }),
    ...(heirs && { heirs }),
  };
  const written = await turn.ports.store.putFrontItem(item);
  // Only the holder of the lease writes this item, so a lost write means a lost lease: look again.
  if (!written) {
    delete memory.front;
    throw new SupersededError(tenant.domain);
  }
  memory.front = { item };
  return item.revision;
}

/** What serves the names that the present certificate lacks. */
async function furtherOf(turn: Turn, present: StoredCertificate | undefined): Promise<FrontCertificate[]> {
  const { certificate, further, ...record } = turn.tenant.record;
  const candidates = [...(certificate ? [certificate] : []), ...(further ?? [])];
  const needed = stillNeeded(
    { ...record, further: candidates, ...(present && { certificate: present.summary }) },
    turn.now(),
  ).further;
  if (!needed) return [];
  const history = await turn.ports.store.certificates(turn.domain);
  return needed.flatMap(({ fingerprint }) => {
    const stored = history.find(({ summary }) => summary.fingerprint === fingerprint);
    return stored ? [forFronts(stored)] : [];
  });
}

function forFronts({ summary, chain, key }: StoredCertificate): FrontCertificate {
  return { summary, chain, key };
}
