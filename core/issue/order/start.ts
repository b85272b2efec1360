import { randomUUID } from "node:crypto";
import { DAY } from "../../base/clock";
import type { CertificateAuthority } from "../../ca/certificate-authority";
import { createKeyAndCsr } from "../../certificate/csr";
import { type FailedName, preflight } from "../../preflight/preflight";
import type { OrderProgress, TenantRecord } from "../../record/record";
import { namesOf } from "../../tenant/tenant";
import type { IssuerPorts } from "../ports";
import { Setback } from "../setback";
import { type LeasedTenant, SupersededError } from "../turn";
import type { WorkContext } from "../work-context";
import { chooseCas } from "./choose-ca";
import { gains, holdBack, joinedReason, namesToTry, nothingPassed } from "./names";
import { placeOrder } from "./place";

/** An order's key outlives the longest order (Let's Encrypt's classic: 7 days). */
const SECRET_LIFETIME = 8 * DAY;

/**
 * Checks the tenant's names and orders at the first CA of the list that may and can. Names that fail are left out, and stay
 * visible in the reason; an order is only spent where it gains something.
 * @returns "ordered", or "no-gain" where the present certificate already carries every name that could be certified
 * @throws Setback
 */
export async function startOrder(
  tenant: LeasedTenant,
  ports: IssuerPorts,
  context: WorkContext,
): Promise<"ordered" | "no-gain"> {
  const { record } = tenant;
  const { domain } = record.tenant;
  const { names: tried, leftOut } = namesToTry(record, ports.clock.now());
  const { passed, failed } = await preflight(tried, ports, (step) =>
    ports.observer.step(domain, step, context.elapsed()),
  );
  const { candidates, failed: refused } = await chooseCas(record, passed, ports);
  const failures = [...failed, ...refused, ...leftOut];
  const first = candidates[0];
  if (!first) throw nothingPassed(record, failures);
  holdBack(record, failures, { now: ports.clock.now(), timeScale: ports.timeScale });
  if (!gains(record, first.names, ports.clock.now())) {
    await noteFailures(tenant, failures);
    return "no-gain";
  }

  const id = randomUUID();
  let refusal: Setback | undefined;
  for (const { ca, names } of candidates) {
    const setback = await availability(ca, names, record, ports);
    if (setback) {
      refusal = earlier(refusal, setback);
      continue;
    }
    const progress = await beginOrder(tenant, id, ca, names, failures, ports);
    try {
      await placeOrder(tenant, progress, ca, ports, context);
      return "ordered";
    } catch (error) {
      if (!(error instanceof Setback) || !error.details.dropOrder) throw error;
      refusal = earlier(refusal, error);
    }
  }
  throw refusal ?? nothingPassed(record, failures);
}

async function noteFailures(tenant: LeasedTenant, failures: readonly FailedName[]): Promise<void> {
  await tenant.save((latest) => ({ ...latest, reason: joinedReason(latest, failures) }));
}

/** Why a CA is not worth asking now, without asking it. */
async function availability(
  ca: CertificateAuthority,
  names: readonly string[],
  record: TenantRecord,
  ports: IssuerPorts,
): Promise<Setback | undefined> {
  const { domain } = record.tenant;
  const { name } = ca.settings;
  const down = await ports.outages.until(name);
  if (down !== undefined) {
    const sentence = `${name} is not asked for ${domain} now: it failed or limited us moments ago, and is tried again later.`;
    return new Setback({ code: "CA_DOWN", sentence }, { kind: "outage", retryAt: down });
  }
  const { certificate: replaces, renewal } = record;
  const inAriWindow = renewal?.source === "ari" && ports.clock.now() >= renewal.renewAt;
  const limit = await ports.limits.take(name, { names, replaces, inAriWindow });
  if (limit) {
    const sentence = `${name} allows ${limit.description}, and that is used up; ${domain} has its turn as soon as there is room.`;
    return new Setback({ code: "RATE_LIMITED", sentence }, { kind: "outage", retryAt: limit.retryAt });
  }
  return undefined;
}

/** Of several CAs' answers the first one tells why; the soonest tells when. */
function earlier(kept: Setback | undefined, next: Setback): Setback {
  if (!kept) return next;
  const { retryAt = Number.POSITIVE_INFINITY } = kept.details;
  const soonest = Math.min(retryAt, next.details.retryAt ?? Number.POSITIVE_INFINITY);
  return new Setback(kept.reason, { ...kept.details, ...(Number.isFinite(soonest) && { retryAt: soonest }) });
}

/** Stores the key and the intention before the CA hears of anything, so that a crash never strands an order. */
async function beginOrder(
  tenant: LeasedTenant,
  id: string,
  ca: CertificateAuthority,
  names: readonly string[],
  failures: readonly FailedName[],
  ports: IssuerPorts,
): Promise<OrderProgress> {
  const { domain, keyType } = tenant.record.tenant;
  const now = ports.clock.now();
  const { certificate } = tenant.record;
  const replaces = certificate?.ca === ca.settings.name ? certificate.ariId : undefined;
  const progress: OrderProgress = {
    id,
    ca: ca.settings.name,
    names,
    startedAt: now,
    ...(replaces !== undefined && { replaces }),
  };
  const secret = await createKeyAndCsr(names, keyType);
  tenant.memory.secret = { id, domain, ...secret, expiresAt: now + SECRET_LIFETIME };
  await ports.store.putOrderSecret(tenant.memory.secret);
  const ordered = namesOf(tenant.record.tenant).join();
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
