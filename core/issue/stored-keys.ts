import { HOUR, scaled } from "../base/clock";
import { inParallel } from "../base/in-parallel";
import type { TenantRecord } from "../record/record";
import type { SealingProgress, StoredCertificate } from "../record/store";
import { update } from "../record/update";
import { isSealed } from "../seal/envelope";
import type { IssuerPorts } from "./ports";
import { frontItemOf, publish } from "./publish";
import type { Turn } from "./turn";

const WIDTH = 20;
/** Fronts that have not taken the new certificate yet are asked again after this. */
const FORGET_AGAIN = 1 * HOUR;

/**
 * Of a stack from before keys were sealed: marks some hundred tenants a call to be sealed in their next turn, which is now, until all
 * are marked. Begins when every front opens sealed keys; on a new stack it ends at once.
 * @returns how far it is
 */
export async function markUnsealed({ store, fronts, clock }: IssuerPorts): Promise<SealingProgress> {
  const before = await store.sealingProgress();
  if (before?.done) return before;
  const present = { ...before, done: false };
  if ((await fronts.disagreeing()).length > 0) return present;
  const { items, cursor } = await store.listTenants(before?.cursor);
  await inParallel(items, WIDTH, async ({ domain }) => {
    const record = await store.tenant(domain);
    if (!record || (!record.certificate && !record.order)) return;
    await update(store, record, (latest) => ({
      ...latest,
      unsealed: true,
      // Whoever holds it is not disturbed: the lease's end, or its last write, comes to it.
      ...(!latest.lease && { nextActionAt: Math.min(latest.nextActionAt ?? clock.now(), clock.now()) }),
    }));
  });
  const after = cursor === undefined ? { done: true } : { cursor, done: false };
  await store.putSealingProgress(after);
  return after;
}

/** Writes every key of a tenant that lies in PEM again, sealed; history first, from which what fronts read is made. */
export async function sealKeys(turn: Turn): Promise<void> {
  const { ports, domain, tenant } = turn;
  const { store, sealer } = ports;
  const history = await store.certificates(domain);
  for (const stored of history.filter(({ key }) => !isSealed(key))) {
    // For the tenant that it was issued to, as the others who have it with names of theirs.
    await store.putCertificate({
      ...stored,
      key: await sealer.privateKey(stored.key, stored.summary.issuedTo ?? domain),
    });
  }
  const { order } = tenant.record;
  const secret = order && (await store.orderSecret(domain, order.id));
  if (secret && !isSealed(secret.key)) {
    await store.putOrderSecret({ ...secret, key: await sealer.privateKey(secret.key, domain) });
    delete tenant.memory.secret;
  }
  const front = await frontItemOf(turn);
  const served = [...(front?.certificate ? [front.certificate] : []), ...(front?.further ?? [])];
  if (served.some(({ key }) => !isSealed(key))) await publish(turn);
  const older = history.some((stored) => !isServed(stored, tenant.record));
  await tenant.save(({ unsealed: _sealed, ...latest }) => ({
    ...latest,
    ...(older && { forgetKeysAt: latest.forgetKeysAt ?? turn.now() }),
  }));
}

/** Deletes what superseded certificates left, where every front serves the present one. */
export async function forgetKeys({ ports, domain, tenant }: Turn): Promise<void> {
  const { store, fronts, timeScale } = ports;
  if (!(await fronts.haveReached(domain, tenant.record.revision))) {
    await tenant.save((latest) => ({ ...latest, forgetKeysAt: ports.clock.now() + scaled(FORGET_AGAIN, timeScale) }));
    return;
  }
  for (const stored of await store.certificates(domain)) {
    if (!isServed(stored, tenant.record)) await store.deleteCertificate(stored);
  }
  await tenant.save(({ forgetKeysAt: _done, ...latest }) => latest);
}

function isServed({ summary }: StoredCertificate, { certificate, further = [] }: TenantRecord): boolean {
  return [certificate, ...further].some((one) => one?.fingerprint === summary.fingerprint);
}
