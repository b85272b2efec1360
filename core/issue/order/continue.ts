import { DAY, HOUR, SECOND } from "../../base/clock";
import {
  type AcmeAuthorization,
  AcmeError,
  type AcmeOrder,
  type CertificateAuthority,
} from "../../ca/certificate-authority";
import { BadCertificateError, verifyIssued } from "../../certificate/facts";
import type { OrderProgress } from "../../record/record";
import type { OrderSecret } from "../../record/store";
import { planForFresh } from "../../renewal/policy";
import type { IssuerPorts } from "../ports";
import { putFrontItem } from "../publish";
import { Setback } from "../setback";
import type { LeasedTenant } from "../turn";
import type { WorkContext } from "../work-context";
import { findOrPlaceOrder, sameOrder } from "./place";
import { interrupted, type OrderAtCa, orderInvalid, startAgain } from "./verdicts";

/** CAs keep a pending authorization for an hour (`tlsserver`) to a week; a token is of no use to anybody else anyway. */
const CHALLENGE_LIFETIME = 2 * HOUR;
const FIRST_POLL = 250;
const LONGEST_POLL = 5 * SECOND;
/** How long one turn watches an order, before it leaves it to the next. */
const WATCH_FOR = 60 * SECOND;
const COME_BACK_IN = 5 * SECOND;

/** One order being brought to its end. */
interface Work extends OrderAtCa {
  readonly secret: OrderSecret;
  readonly context: WorkContext;
}

/**
 * Takes the order on record from wherever it stands to a stored certificate.
 * @throws Setback where it cannot go on now
 */
export async function continueOrder(tenant: LeasedTenant, ports: IssuerPorts, context: WorkContext): Promise<void> {
  const progress = tenant.record.order;
  if (!progress) return;
  const ca = ports.cas.find(({ settings }) => settings.name === progress.ca);
  const secret = await secretOf(tenant, progress, ports);
  if (!ca || !secret) {
    const why = ca ? "its key is past its time" : `${progress.ca} is not in the stack's list any more`;
    throw startAgain(
      tenant,
      `The order for ${tenant.record.tenant.domain} cannot be finished: ${why}. A new one is placed.`,
    );
  }
  const work = { tenant, progress, ca, secret, ports, context };
  try {
    let order =
      progress.url === undefined
        ? await findOrPlaceOrder(tenant, progress, ca, ports, context)
        : await currentOrder(tenant, progress.url, ca);
    if (order.status === "pending") order = await validate(work, order);
    if (order.status === "ready") order = await finalize(work, order);
    if (order.status === "processing") order = await watch(work, order, (next) => next.status !== "processing");
    if (order.status === "invalid") throw await orderInvalid(work, order);
    await storeCertificate(work, order);
  } catch (error) {
    throw error instanceof AcmeError ? await interrupted(work, error) : error;
  }
}

async function secretOf(
  { record, memory }: LeasedTenant,
  { id }: OrderProgress,
  { store }: IssuerPorts,
): Promise<OrderSecret | undefined> {
  return memory.secret?.id === id ? memory.secret : store.orderSecret(record.tenant.domain, id);
}

/** Straight from its creation the order is known; later it is asked for. */
async function currentOrder({ memory }: LeasedTenant, url: string, ca: CertificateAuthority): Promise<AcmeOrder> {
  const { order } = memory;
  delete memory.order;
  return order?.url === url ? order : ca.order(url);
}

/** Answers every open challenge and waits for the CA's verdict. */
async function validate(work: Work, order: AcmeOrder): Promise<AcmeOrder> {
  const { ca, ports, tenant, context } = work;
  const { domain } = tenant.record.tenant;
  const authorizations = await Promise.all(order.authorizations.map((url) => ca.authorization(url)));
  await Promise.all(authorizations.filter(({ status }) => status === "pending").map((open) => answer(work, open)));
  ports.observer.step(domain, "accepted", context.elapsed());
  const next = await watch(work, order, ({ status }) => status !== "pending");
  if (next.status !== "invalid") ports.observer.step(domain, "validated", context.elapsed());
  return next;
}

/** A challenge is accepted only after its token could be read back: CAs fetch it within milliseconds, from several places. */
async function answer({ ca, ports, tenant }: Work, { name, http01 }: AcmeAuthorization): Promise<void> {
  if (!http01) {
    const sentence = `${ca.settings.name} does not offer HTTP-01 for ${name}.`;
    throw new Setback({ code: "CA_REJECTED", sentence }, { kind: "refused", dropOrder: true });
  }
  if (http01.status !== "pending") return;
  const now = ports.clock.now();
  const { token, keyAuthorization } = http01;
  await ports.store.putChallenge({ token, keyAuthorization, name, expiresAt: now + CHALLENGE_LIFETIME });
  if (!(await ports.store.challenge(token, now))) {
    throw new Error(`The challenge token for ${name} of ${tenant.record.tenant.domain} cannot be read back.`);
  }
  await ca.accept(http01.url);
}

async function finalize(work: Work, order: AcmeOrder): Promise<AcmeOrder> {
  const { ca, secret, ports, tenant, context } = work;
  const next = await ca.finalize(order, secret.csr);
  ports.observer.step(tenant.record.tenant.domain, "finalized", context.elapsed());
  return next;
}

/** Asks for the order until it moves, within this turn's bounds. */
async function watch(work: Work, order: AcmeOrder, moved: (order: AcmeOrder) => boolean): Promise<AcmeOrder> {
  const { ca, ports, tenant, context } = work;
  const end = Math.min(context.deadline, tenant.heldUntil, ports.clock.now() + WATCH_FOR);
  let current = order;
  for (let interval = FIRST_POLL; !moved(current); interval = Math.min(interval * 1.5, LONGEST_POLL)) {
    const asked = current.retryAfterMs ?? 0;
    const wait = Math.max(interval, asked);
    if (asked > LONGEST_POLL || ports.clock.now() + wait > end) throw stillWorking(work, asked);
    await ports.pause(wait);
    current = await ca.order(order.url);
  }
  return current;
}

function stillWorking({ tenant, ca, ports }: Work, retryAfterMs: number): Setback {
  const sentence = `${ca.settings.name} is still working on the order for ${tenant.record.tenant.domain}.`;
  const retryAt = ports.clock.now() + Math.max(retryAfterMs, COME_BACK_IN);
  return new Setback({ code: "WAITING", sentence }, { kind: "unfinished", retryAt });
}

/** Verified first; then history, then what fronts read, then the record: whatever is cut off, the next turn writes it again. */
async function storeCertificate(work: Work, order: AcmeOrder): Promise<void> {
  const { ca, progress, secret, ports, tenant, context } = work;
  const { domain } = tenant.record.tenant;
  const chain = await ca.download(order);
  ports.observer.step(domain, "issued", context.elapsed());
  const now = ports.clock.now();
  const issued = { chain, key: secret.key, names: progress.names, ca: ca.settings.name };
  const summary = verified(work, issued, now);

  const stored = { domain, summary, chain, key: secret.key };
  await ports.store.putCertificate(stored);
  let revision = await putFrontItem(tenant, stored, ports);
  const written = tenant.record;
  await tenant.save((latest) => {
    sameOrder(latest, progress);
    const { order: _done, reason, avoidCas: _forgiven, refusedNames, ...rest } = latest;
    const refused = refusedNames?.filter(({ name }) => !progress.names.includes(name)) ?? [];
    const incomplete = progress.names.length < 1 + latest.tenant.aliases.length && reason?.code !== "WAITING";
    // Configuration that changed after the front item was written makes the record's revision the higher one: it is published again.
    if (latest.tenant !== written.tenant) revision = Math.max(revision + 1, latest.revision);
    return {
      ...rest,
      state: "active",
      since: now,
      lane: "renewal",
      failures: 0,
      certificate: summary,
      renewal: planForFresh(summary, { now, random: ports.random(), timeScale: ports.timeScale }),
      revision,
      ...(incomplete && reason && { reason }),
      ...(refused.length > 0 && { refusedNames: refused }),
    };
  });
  ports.observer.step(domain, "stored", context.elapsed());
  ports.observer.metric("certificatesIssued", 1);
  ports.observer.metric("issuanceSeconds", (ports.clock.now() - progress.startedAt) / SECOND);
  await ports.store.deleteOrderSecret(domain, progress.id);
}

function verified(
  { ca, ports, tenant }: Work,
  issued: Parameters<typeof verifyIssued>[0],
  now: number,
): ReturnType<typeof verifyIssued> {
  try {
    return verifyIssued(issued, now);
  } catch (error) {
    if (!(error instanceof BadCertificateError)) throw error;
    const sentence = `${ca.settings.name} gave a certificate for ${tenant.record.tenant.domain} that was not stored. ${error.message}`;
    const avoid = { ca: ca.settings.name, until: now + DAY / ports.timeScale };
    throw new Setback({ code: "CA_DOWN", sentence }, { kind: "refused", dropOrder: true, avoid, cause: error });
  }
}
