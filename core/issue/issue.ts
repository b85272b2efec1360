import { DAY, scaled } from "../base/clock";
import { AcmeError } from "../ca/certificate-authority";
import { bounded } from "../ca/retry-after";
import { leafOf } from "../certificate/facts";
import type { ReasonCode } from "../record/reason";
import type { TenantRecord, TenantState } from "../record/record";
import { WriteConflictError } from "../record/update";
import { planAfterAriFailure, planByAri, planByLifetime } from "../renewal/policy";
import { namesMissing, nextLook, whatIsNeeded } from "./needs";
import { startOrder } from "./order/intention";
import { continueOrder } from "./order/order";
import type { IssuerPorts } from "./ports";
import { drop, frontItemOf, publish } from "./publish";
import { dnsWait, FIRST_RETRY } from "./retry-schedule";
import { afterSetback, Setback } from "./setback";
import { stillNeeded } from "./succession";
import { type Claim, claimTenant, LeasedTenant, SupersededError, Turn } from "./turn";

/** How a turn on one tenant ended. `skipped`: somebody else holds it. */
export interface Outcome {
  readonly domain: string;
  readonly state: TenantState | "skipped";
  readonly reason?: ReasonCode;
  /** When to look again, ms since the epoch, where that is worth waiting for. */
  readonly again?: number;
}

/** A healthy tenant takes three, the search for a name that a CA refuses twenty; more is two checks of needs.ts in contradiction. */
const MOST_ROUNDS = 40;

/**
 * Works on a batch of claimed tenants, all at once: the time goes into waiting for CAs and customers' DNS.
 * @param deadline nothing that takes long is begun after it, ms since the epoch
 */
export function issueBatch(claims: readonly Claim[], ports: IssuerPorts, deadline: number): Promise<Outcome[]> {
  return Promise.all(claims.map((claim) => issueAtOnce(claim, ports, deadline)));
}

/** A fault of ours is looked at again within this turn. */
async function issueAtOnce(claim: Claim, ports: IssuerPorts, deadline: number): Promise<Outcome> {
  const outcome = await issueTenant(claim, ports, deadline);
  if (outcome.again === undefined) return outcome;
  await ports.pause(Math.max(outcome.again - ports.clock.now(), 0));
  const next = await claimTenant(claim.domain, ports);
  return next ? issueTenant(next, ports, deadline) : outcome;
}

/** Moves one tenant on, step by step, as far as it goes now; then says in its record why it stopped and when to look again. */
export async function issueTenant(claim: Claim, ports: IssuerPorts, deadline: number): Promise<Outcome> {
  try {
    const turn = new Turn(await LeasedTenant.accept(claim, ports), ports, deadline);
    await work(turn);
    const { state, reason, nextActionAt = 0 } = turn.tenant.record;
    const soon = nextActionAt > turn.now() && nextActionAt <= turn.now() + FIRST_RETRY;
    return {
      domain: claim.domain,
      state,
      ...(reason && { reason: reason.code }),
      ...(soon && { again: nextActionAt }),
    };
  } catch (error) {
    if (error instanceof WriteConflictError) return { domain: claim.domain, state: "skipped" };
    // Not even the record could be written. The lease ends by itself, and the next worker goes on from what is on record.
    const sentence = `certfront could not write what it did for ${claim.domain}; it goes on when the lease has ended.`;
    ports.observer.setback(claim.domain, { code: "INTERNAL", sentence }, 0, error);
    return { domain: claim.domain, state: "skipped", reason: "INTERNAL" };
  }
}

async function work(turn: Turn): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    try {
      if ((await step(turn)) === "done") return;
    } catch (error) {
      if (error instanceof SupersededError) continue;
      if (error instanceof WriteConflictError) throw error;
      return setBack(turn, asSetback(error, turn));
    }
  }
  const sentence = `certfront did not come to an end with ${turn.domain}; this is a defect.`;
  return setBack(turn, new Setback({ code: "INTERNAL", sentence }, { kind: "refused" }));
}

async function step(turn: Turn): Promise<"again" | "done"> {
  const front = await frontItemOf(turn);
  const need = whatIsNeeded({ record: turn.tenant.record, front, now: turn.now() });
  switch (need.action) {
    case "drop":
      await drop(turn);
      return "again";
    case "publish":
      await publish(turn);
      return "again";
    case "continue-order":
      await continueOrder(turn);
      return "again";
    case "order":
      if ((await startOrder(turn)) === "again") return "again";
      await rest(turn);
      return "done";
    case "ask-ari":
      await askAri(turn);
      return "again";
    case "nothing":
      await rest(turn);
      return "done";
  }
}

/** Nothing more to do now. A tenant some of whose names have no certificate is looked at as often as one that waits for DNS. */
async function rest({ tenant, ports }: Turn): Promise<void> {
  const { version } = tenant.record;
  await tenant.release((latest) => {
    // Configured anew since it was found to need nothing.
    if (latest.version !== version) throw new SupersededError(latest.tenant.domain);
    const { nextActionAt: _earlier, reason, further: _checkedAnew, ...unchanged } = latest;
    if (latest.state === "removed") return { ...unchanged, ...(reason && { reason }) };
    const now = ports.clock.now();
    const missing = namesMissing(latest);
    const refused = latest.refusedNames?.filter(({ name, until }) => missing.includes(name) && until > now) ?? [];
    const incomplete = missing.length > 0;
    const wait = scaled(dnsWait((now - latest.since) * ports.timeScale), ports.timeScale);
    const retries = [...(missing.length > refused.length ? [now + wait] : []), ...refused.map(({ until }) => until)];
    const times = [nextLook(latest), ...retries].filter((time) => time !== undefined);
    return {
      ...activated(unchanged, now),
      ...stillNeeded(latest, now),
      ...(times.length > 0 && { nextActionAt: Math.round(Math.min(...times)) }),
      // A warning about what is served all the same stays until the next order.
      ...((incomplete || (latest.state === "active" && reason?.code !== "WAITING")) && reason && { reason }),
    };
  });
}

/** With a certificate, nothing to renew and no order, a tenant is active, whatever it was before. */
function activated(record: TenantRecord, now: number): TenantRecord {
  if (!record.certificate || record.state === "active") return record;
  return { ...record, state: "active", since: now, failures: 0 };
}

async function askAri({ tenant, ports }: Turn): Promise<void> {
  const { certificate, tenant: configured } = tenant.record;
  if (!certificate) return;
  const context = { now: ports.clock.now(), random: ports.random(), timeScale: ports.timeScale };
  const current = tenant.record.renewal ?? planByLifetime(certificate, context);
  const ca = ports.cas.find(({ settings }) => settings.name === certificate.ca);
  const history = await ports.store.certificates(configured.domain);
  const stored = history.find(({ summary }) => summary.fingerprint === certificate.fingerprint);
  let plan = planByAri(certificate, current, undefined, context);
  if (ca && stored) {
    try {
      plan = planByAri(certificate, current, await ca.renewalInfo(leafOf(stored.chain)), context);
    } catch (error) {
      if (!(error instanceof AcmeError)) throw error;
      plan = planAfterAriFailure(current, bounded(error.retryAfterMs, DAY), context);
    }
  }
  await tenant.save((latest) => ({
    ...latest,
    renewal: latest.renewal?.source === "requested" ? latest.renewal : plan,
  }));
}

async function setBack({ tenant, ports, domain }: Turn, setback: Setback): Promise<void> {
  const { version } = tenant.record;
  await tenant.release((latest) => {
    const now = ports.clock.now();
    if (latest.state === "removed") return { ...latest, nextActionAt: now };
    const next = afterSetback(latest, setback, now, ports.timeScale);
    // What failed was for a configuration that is not there any more.
    return latest.version === version ? next : { ...next, nextActionAt: now };
  });
  ports.observer.setback(domain, setback.reason, tenant.record.nextActionAt ?? 0, setback.details.cause);
}

/** What nobody foresaw is `INTERNAL`, and tried again like a refused order. */
function asSetback(error: unknown, { domain }: Turn): Setback {
  if (error instanceof Setback) return error;
  const sentence = `certfront failed while working on ${domain} and tries again; the issuer's log has the details.`;
  return new Setback({ code: "INTERNAL", sentence }, { kind: "refused", cause: error });
}
