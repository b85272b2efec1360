import { DAY, SECOND } from "../../base/clock";
import {
  type AcmeAuthorization,
  AcmeError,
  type AcmeOrder,
  type CertificateAuthority,
} from "../../ca/certificate-authority";
import { isNotReady } from "../../ca/reasons";
import { createKeyAndCsr } from "../../certificate/csr";
import type { FailedName } from "../../preflight/preflight";
import type { Reason } from "../../record/reason";
import type { OrderProgress } from "../../record/record";
import { isSealed } from "../../seal/envelope";
import { namesOf } from "../../tenant/tenant";
import { Setback } from "../setback";
import { SupersededError, type Turn } from "../turn";
import { frontsAgree } from "./agreement";
import { ask, askForOrder, askToSign, findQuietly } from "./ask";
import { deactivateAuthorizations, noteValidated } from "./deactivate";
import { joinedReason } from "./names";
import { type OrderTurn, sameOrder } from "./order-turn";
import { refusedOrder } from "./refusals";
import { accepted } from "./search";
import { storeCertificate } from "./store-certificate";
import {
  givenUpOrder,
  interruptedOrder,
  invalidOrder,
  isDead,
  isGivenUp,
  lostOrder,
  notYetPlaced,
  stuckOrder,
} from "./verdicts";
import { watch } from "./watch";

/*
 * The life of an order. Each state is on record or at the CA before the next is begun, so that whoever comes after a worker that
 * died goes on from it, and no second order is spent.
 *
 *   intended ──► placed ──► validated ──► finalized ──► stored ──► its authorizations are given up (deactivate.ts)
 *      └───────────┴───────────┴─────────────┴──► invalid, refused, lost: off the record (verdicts.ts), a new order some time later
 */

/** An order's key outlives the longest order (Let's Encrypt's classic: 7 days). */
const SECRET_LIFETIME = 8 * DAY;
/** What a new order may take; with less left, it is begun in another turn. */
const ORDER_TAKES = 20 * SECOND;

/** A new order. */
interface Intention {
  /** Of the order and its key; the next CA asked in the same turn takes it over. */
  readonly id: string;
  readonly ca: CertificateAuthority;
  readonly names: readonly string[];
  /** Of names that are left out, for the record. */
  readonly failures: readonly FailedName[];
  readonly warning: Reason | undefined;
}

/**
 * Intended and placed.
 * @throws Setback with `dropOrder` where the CA does not want it
 */
export async function beginOrder(turn: Turn, intention: Intention): Promise<void> {
  const progress = await intend(turn, intention);
  await place(turn, progress, intention.ca);
}

/**
 * Takes the order on record from wherever it stands to a stored certificate.
 * @throws Setback where it cannot go on now
 */
export async function continueOrder(turn: Turn): Promise<void> {
  const { tenant, ports } = turn;
  const progress = tenant.record.order;
  if (!progress) return;
  const ca = ports.cas.find(({ settings }) => settings.name === progress.ca);
  const { memory } = tenant;
  const secret =
    memory.secret?.id === progress.id ? memory.secret : await ports.store.orderSecret(turn.domain, progress.id);
  if (!ca) throw lostOrder(turn, `${progress.ca} is not in the stack's list any more`);
  if (!secret) throw lostOrder(turn, "its key is past its time");

  // Of an order from before keys were sealed: what comes of it is sealed.
  if (!isSealed(secret.key)) await frontsAgree(turn);
  const sealed = { ...secret, key: await ports.sealer.privateKey(secret.key, turn.domain) };
  const work: OrderTurn = { turn, progress, ca, secret: sealed };
  try {
    let order = progress.url === undefined ? await find(work) : await current(work, progress.url);
    // Placed: the CA waits until it has seen a token for every name.
    if (order.status === "pending") order = await validate(work, order);
    // Validated: it waits for the certificate request.
    if (order.status === "ready") order = await finalize(work, order);
    if (order.status !== "invalid" && (await tookGroup(work))) return;
    // Finalized: it signs in its own time.
    if (order.status === "processing") order = await watch(work, order, (next) => next.status !== "processing");
    if (order.status === "invalid") throw await invalidOrder(work, order);
    await storeCertificate(work, order);
    await deactivateAuthorizations(work);
  } catch (error) {
    throw error instanceof AcmeError ? await interruptedOrder(work, error) : error;
  }
}

/** Intended: key, request and intention are stored before the CA hears of anything, so that a crash never strands an order. */
async function intend(turn: Turn, { id, ca, names, failures, warning }: Intention): Promise<OrderProgress> {
  const { tenant, ports, domain } = turn;
  const { certificate, tenant: configured } = tenant.record;
  const now = turn.now();
  const replaces = certificate?.ca === ca.settings.name ? certificate.ariId : undefined;
  const progress: OrderProgress = {
    id,
    ca: ca.settings.name,
    names,
    startedAt: now,
    ...(replaces !== undefined && { replaces }),
    ...(warning && { warning }),
  };
  const { key, csr } = await createKeyAndCsr(names, configured.keyType);
  const sealed = await ports.sealer.privateKey(key, domain);
  tenant.memory.secret = { id, domain, key: sealed, csr, expiresAt: now + SECRET_LIFETIME };
  await ports.store.putOrderSecret(tenant.memory.secret);
  const ordered = namesOf(configured).join();
  await tenant.save((latest) => {
    if (latest.state === "removed" || namesOf(latest.tenant).join() !== ordered) throw new SupersededError(domain);
    const state = latest.certificate ? "renewing" : "issuing";
    return {
      ...latest,
      state,
      since: latest.state === state ? latest.since : now,
      reason: joinedReason(latest, failures),
      order: progress,
    };
  });
  return progress;
}

/** Placed: the CA has the order, and its URL is on record. */
async function place(turn: Turn, progress: OrderProgress, ca: CertificateAuthority): Promise<AcmeOrder> {
  const { tenant, ports } = turn;
  if (turn.end - turn.now() < ORDER_TAKES) throw notYetPlaced(turn);
  await frontsAgree(turn);
  try {
    const order = await askForOrder(turn, ca, progress);
    ports.observer.metric("ordersCreated", 1);
    await noteUrl(turn, progress, order.url);
    tenant.memory.order = order;
    turn.step("order");
    return order;
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
    ports.observer.metric("ordersFailed", 1);
    throw await refusedOrder(turn, ca, progress.names, error);
  }
}

/** After a crash the CA may know an order that we do not: it is looked for before a second one is spent. */
async function find({ turn, progress, ca }: OrderTurn): Promise<AcmeOrder> {
  const found = await findQuietly(progress, ca, turn.now());
  if (!found) return place(turn, progress, ca);
  await noteUrl(turn, progress, found.url);
  return found;
}

async function noteUrl({ tenant }: Turn, progress: OrderProgress, url: string): Promise<void> {
  await tenant.save((latest) => ({ ...latest, order: { ...sameOrder(latest, progress), url } }));
}

/** Straight from its creation the order is known; later it is asked for. */
async function current({ turn, ca }: OrderTurn, url: string): Promise<AcmeOrder> {
  const { memory } = turn.tenant;
  const { order } = memory;
  delete memory.order;
  return order?.url === url ? order : ask(turn, ca, () => ca.order(url));
}

/** Validated: every open challenge is answered, and the CA has fetched the tokens. */
async function validate(work: OrderTurn, order: AcmeOrder): Promise<AcmeOrder> {
  const { ca, turn } = work;
  const authorizations = await Promise.all(
    order.authorizations.map((url) => ask(turn, ca, () => ca.authorization(url))),
  );
  if (authorizations.some(({ status }) => status === "invalid")) throw await invalidOrder(work, order);
  const dead = authorizations.find(isDead);
  if (dead && isGivenUp(turn, dead)) throw givenUpOrder(work);
  if (dead) throw stuckOrder(work, `the authorization of ${dead.name} is ${dead.status}`);
  if ((order.expires ?? Number.POSITIVE_INFINITY) <= turn.now()) throw stuckOrder(work, "its time is over");
  const open = authorizations.filter(({ status }) => status === "pending");
  noteValidated(work, open);
  await Promise.all(open.map((one) => answer(work, one)));
  turn.step("accepted");
  const next = await watch(work, order, ({ status }) => status !== "pending");
  if (next.status !== "invalid") turn.step("validated");
  return next;
}

/** There is nothing to publish: every front answers for every token of the account. */
async function answer({ ca, turn }: OrderTurn, { name, http01 }: AcmeAuthorization): Promise<void> {
  if (!http01) {
    const sentence = `${ca.settings.name} does not offer HTTP-01 for ${name}.`;
    throw new Setback({ code: "CA_REJECTED", sentence }, { kind: "refused", dropOrder: true });
  }
  if (http01.status === "pending") await ask(turn, ca, () => ca.accept(http01.url));
}

/** Finalized: the CA has the request for this order's key. */
async function finalize(work: OrderTurn, order: AcmeOrder): Promise<AcmeOrder> {
  const { turn } = work;
  try {
    const next = await askToSign(work, order);
    turn.step("finalized");
    return next.status === "ready" ? await watch(work, next, ({ status }) => status !== "ready") : next;
  } catch (error) {
    if (!(error instanceof AcmeError) || !isNotReady(error)) throw error;
    // It said `ready` a moment ago, or is being signed already.
    return watch(
      work,
      { ...order, status: "processing" },
      ({ status }) => status !== "processing" && status !== "ready",
    );
  }
}

/** An order that the search for a refused name placed has said what it was for; the last one of it goes on. */
async function tookGroup({ turn, progress }: OrderTurn): Promise<boolean> {
  const { search } = turn.tenant.record;
  if (search?.stage !== "finalizing" || search.ca !== progress.ca) return false;
  const next = accepted(search);
  const last = next.open.length === 0;
  await turn.tenant.save((latest) => {
    const { order, search: _past, ...rest } = latest;
    return { ...rest, ...(last ? order && { order } : { search: next }) };
  });
  return !last;
}
