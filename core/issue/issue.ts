import type { ReasonCode } from "../record/reason";
import type { TenantState } from "../record/record";
import { WriteConflictError } from "../record/update";
import { askPlan, askWhen } from "./ask-when";
import { whatIsNeeded } from "./needs";
import { startOrder } from "./order/intention";
import { continueOrder } from "./order/order";
import type { IssuerPorts } from "./ports";
import { drop, frontItemOf, publish } from "./publish";
import { rested } from "./rest";
import { FIRST_RETRY } from "./retry-schedule";
import { afterSetback, Setback } from "./setback";
import { forgetKeys, sealKeys } from "./stored-keys";
import { type Claim, claimTenant, isHeld, LeasedTenant, SupersededError, Turn } from "./turn";

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
    const held = isHeld(claim) ? claim : await askWhen(claim, ports);
    if (held === undefined) return { domain: claim.domain, state: "skipped" };
    if (!isHeld(held)) return { domain: claim.domain, ...held };
    const turn = new Turn(await LeasedTenant.accept(held, ports), ports, deadline);
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
  const { record } = turn.tenant;
  const unsealable = record.unsealed === true && (await turn.ports.fronts.disagreeing()).length > 0;
  const need = whatIsNeeded({ record, front, now: turn.now(), unsealable });
  switch (need.action) {
    case "drop":
      await drop(turn);
      return "again";
    case "publish":
      await publish(turn);
      return "again";
    case "seal-keys":
      await sealKeys(turn);
      return "again";
    case "forget-keys":
      await forgetKeys(turn);
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

/** Nothing more to do now. */
async function rest({ tenant, ports }: Turn): Promise<void> {
  const { version } = tenant.record;
  await tenant.release((latest) => {
    // Configured anew since it was found to need nothing.
    if (latest.version !== version) throw new SupersededError(latest.tenant.domain);
    return rested(latest, ports);
  });
}

async function askAri({ tenant, ports }: Turn): Promise<void> {
  const plan = await askPlan(tenant.record, ports);
  await tenant.save((latest) => ({
    ...latest,
    ...(plan && { renewal: latest.renewal?.source === "requested" ? latest.renewal : plan }),
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
