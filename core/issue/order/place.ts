import { DAY, SECOND } from "../../base/clock";
import { AcmeError, type AcmeOrder, type CertificateAuthority } from "../../ca/certificate-authority";
import { explainProblem, isAlreadyReplaced } from "../../ca/reasons";
import type { OrderProgress, TenantRecord } from "../../record/record";
import type { IssuerPorts } from "../ports";
import { Setback } from "../setback";
import { type LeasedTenant, SupersededError } from "../turn";
import type { WorkContext } from "../work-context";

/** What a new order may take; with less left, it is begun in another turn. */
const ORDER_TAKES = 20 * SECOND;
/** How long a CA that refused one tenant is not asked for it again, while others are left. */
const AVOID_FOR = 1 * DAY;

/**
 * Has the CA create the order whose intention is on record, or finds the one it created before we could note it, and puts its
 * URL on record.
 * @throws Setback with `dropOrder` where the CA does not want it
 */
export async function placeOrder(
  tenant: LeasedTenant,
  progress: OrderProgress,
  ca: CertificateAuthority,
  ports: IssuerPorts,
  context: WorkContext,
): Promise<AcmeOrder> {
  const { domain } = tenant.record.tenant;
  if (Math.min(context.deadline, tenant.heldUntil) - ports.clock.now() < ORDER_TAKES) {
    throw new Setback(
      { code: "WAITING", sentence: `An order for ${domain} is about to be placed.` },
      { kind: "unfinished", retryAt: ports.clock.now() },
    );
  }
  try {
    const order = await newOrder(progress, ca);
    ports.observer.metric("ordersCreated", 1);
    await ports.outages.over(ca.settings.name);
    await noteUrl(tenant, progress, order.url);
    tenant.memory.order = order;
    ports.observer.step(domain, "order", context.elapsed());
    return order;
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
    ports.observer.metric("ordersFailed", 1);
    throw await orderRefused(error, tenant.record, ca.settings.name, ports);
  }
}

/** A second use of `replaces` is refused by its status, whatever its type: the order is then simply a new one. */
async function newOrder({ names, replaces }: OrderProgress, ca: CertificateAuthority): Promise<AcmeOrder> {
  try {
    return await ca.newOrder(names, { replaces });
  } catch (error) {
    if (replaces === undefined || !(error instanceof AcmeError) || !isAlreadyReplaced(error)) throw error;
    return ca.newOrder(names, {});
  }
}

/** After a crash the CA may know an order that we do not: it is looked for before a second one is spent. */
export async function findOrPlaceOrder(
  tenant: LeasedTenant,
  progress: OrderProgress,
  ca: CertificateAuthority,
  ports: IssuerPorts,
  context: WorkContext,
): Promise<AcmeOrder> {
  const found = await ca.findOrder(progress.names);
  if (!found) return placeOrder(tenant, progress, ca, ports, context);
  await noteUrl(tenant, progress, found.url);
  return found;
}

async function noteUrl(tenant: LeasedTenant, progress: OrderProgress, url: string): Promise<void> {
  await tenant.save((latest) => ({ ...latest, order: { ...sameOrder(latest, progress), url } }));
}

/** @throws SupersededError where the record does not carry this order any more */
export function sameOrder(latest: TenantRecord, progress: OrderProgress): OrderProgress {
  if (latest.order?.id !== progress.id) throw new SupersededError(latest.tenant.domain);
  return latest.order;
}

/** Limits and outages that concern the whole account are remembered for all tenants. */
const ACCOUNT_WIDE = /new orders|account|too many (?:requests|connections)|busy|load/i;

async function orderRefused(
  error: AcmeError,
  { tenant }: TenantRecord,
  ca: string,
  ports: IssuerPorts,
): Promise<Setback> {
  const now = ports.clock.now();
  const answer = explainProblem(error.problem, { domain: tenant.domain, ca, stage: "ordering" });
  const reason = { code: answer.code, sentence: answer.sentence, problemType: answer.problemType };
  const retryAt = error.retryAfterMs === undefined ? undefined : now + error.retryAfterMs;
  const limited = answer.code === "RATE_LIMITED" && ACCOUNT_WIDE.test(error.problem.detail);
  if (answer.code === "CA_DOWN" || answer.code === "ACCOUNT_ERROR" || limited) {
    const until = await ports.outages.report(ca, error.retryAfterMs);
    return new Setback(reason, { kind: "outage", retryAt: until, dropOrder: true, cause: error });
  }
  return new Setback(reason, {
    kind: "refused",
    retryAt,
    dropOrder: true,
    ...(answer.tryNextCa && { avoid: { ca, until: retryAt ?? now + AVOID_FOR / ports.timeScale } }),
    cause: error,
  });
}
