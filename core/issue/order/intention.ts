import { randomUUID } from "node:crypto";
import { preflight } from "../../preflight/preflight";
import { Setback } from "../setback";
import type { Turn } from "../turn";
import { chooseCas, unavailable } from "./choose-ca";
import { gains, holdBack, joinedReason, namesToTry, nothingPassed } from "./names";
import { beginOrder } from "./order";
import { frontsAgree } from "./verdicts";

/**
 * Checks the tenant's names and orders at the first CA of the list that may and can. Names that fail are left out, and stay
 * visible in the reason; an order is only spent where it gains something.
 * @returns "ordered", or "no-gain" where the present certificate already carries every name that could be certified
 * @throws Setback
 */
export async function startOrder(turn: Turn): Promise<"ordered" | "no-gain"> {
  const { tenant, ports } = turn;
  const { record } = tenant;
  await frontsAgree(turn);
  const { names: tried, leftOut } = namesToTry(record, turn.now());
  const { passed, failed } = await preflight(tried, ports, (step) => turn.step(step));
  const { candidates, failed: forbidden } = await chooseCas(record, passed, ports);
  const failures = [...failed, ...forbidden, ...leftOut];
  const first = candidates[0];
  if (!first) throw nothingPassed(record, failures);
  holdBack(record, failures, { now: turn.now(), timeScale: ports.timeScale });
  if (!gains(record, first.names, turn.now())) {
    await tenant.save((latest) => ({ ...latest, reason: joinedReason(latest, failures) }));
    return "no-gain";
  }

  const id = randomUUID();
  let refusal: Setback | undefined;
  for (const { ca, names } of candidates) {
    try {
      const setback = await unavailable(turn, ca, names);
      if (setback) throw setback;
      await beginOrder(turn, id, ca, names, failures);
      return "ordered";
    } catch (error) {
      if (!(error instanceof Setback) || error.details.kind === "unfinished") throw error;
      refusal = earlier(refusal, error);
    }
  }
  throw refusal ?? nothingPassed(record, failures);
}

/** Of several CAs' answers the first one tells why; the soonest tells when. */
function earlier(kept: Setback | undefined, next: Setback): Setback {
  if (!kept) return next;
  const { retryAt = Number.POSITIVE_INFINITY } = kept.details;
  const soonest = Math.min(retryAt, next.details.retryAt ?? Number.POSITIVE_INFINITY);
  return new Setback(kept.reason, { ...kept.details, ...(Number.isFinite(soonest) && { retryAt: soonest }) });
}
