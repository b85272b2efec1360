import { DAY, scaled } from "../../base/clock";
import type { AcmeError, CertificateAuthority } from "../../ca/certificate-authority";
import { explainProblem } from "../../ca/reasons";
import { bounded, LONGEST_LIMIT } from "../../ca/retry-after";
import { isAccountLimit, namesBlamed } from "../../ca/scope";
import type { Reason } from "../../record/reason";
import type { RefusedName } from "../../record/record";
import { orderRetry } from "../retry-schedule";
import { Setback, type SetbackDetails } from "../setback";
import type { Turn } from "../turn";
import type { OrderTurn } from "./order-turn";
import { afterFailure, avoided } from "./other-cas";
import { beginSearch, refused } from "./search";

/** A name refused again and again is tried again after a day, two days, four, and then each week. */
const LONGEST_REFUSAL = 7 * DAY;

/** A CA's no to an order, and to which of its names. */
export class RefusedOrder extends Setback {
  constructor(
    reason: Reason,
    details: SetbackDetails,
    readonly ca: string,
    readonly names: readonly string[],
    /** Out of `names`, by the identifiers in the CA's answer. Empty: it did not say. */
    readonly blamed: readonly string[],
  ) {
    super(reason, details);
  }
}

/** The CA refused an order for these names, or could not take it. */
export async function refusedOrder(
  turn: Turn,
  ca: CertificateAuthority,
  names: readonly string[],
  error: AcmeError,
): Promise<Setback> {
  const { ports, domain } = turn;
  const { name } = ca.settings;
  const answer = explainProblem(error.problem, { domain, ca: name, stage: "ordering" });
  const reason = { code: answer.code, sentence: answer.sentence, problemType: answer.problemType };
  if (answer.code === "CA_DOWN" || answer.code === "ACCOUNT_ERROR") {
    const retryAt = await afterFailure(turn, name, error);
    return new Setback(reason, { kind: "outage", caFailed: true, retryAt, dropOrder: true, cause: error });
  }
  if (answer.code === "RATE_LIMITED" && isAccountLimit(error.problem, names)) {
    const retryAt = await ports.outages.limited(name, error.retryAfterMs);
    return new Setback(reason, { kind: "outage", retryAt, dropOrder: true, cause: error });
  }
  const retryAt = whenAsked(turn, error);
  const avoid = avoided(turn, name, retryAt);
  const details = {
    kind: "refused",
    retryAt,
    dropOrder: true,
    ...(answer.tryNextCa && { avoid }),
    cause: error,
  } as const;
  return new RefusedOrder(reason, details, name, names, namesBlamed(error.problem, names));
}

/**
 * When a CA that said no asks to be asked again; undefined where it does not say. Less than our shortest wait would spend an order with each
 * turn: `0` and dates in the past are left to our own schedule.
 */
export function whenAsked(turn: Turn, { retryAfterMs }: AcmeError): number | undefined {
  const asked = bounded(retryAfterMs, LONGEST_LIMIT);
  const shortest = scaled(orderRetry(1), turn.ports.timeScale);
  return asked === undefined || asked < shortest ? undefined : turn.now() + asked;
}

/** The CA was asked to sign and said no to the names: the blamed ones are left out, or looked for where it blamed none. */
export function refusedRequest(work: OrderTurn, error: AcmeError, reason: Reason): Setback | undefined {
  const { turn, progress, ca } = work;
  const blamed = namesBlamed(error.problem, progress.names);
  const rest = { kind: "unfinished", dropOrder: true, retryAt: turn.now(), cause: error } as const;
  if (blamed.length > 0 && blamed.length < progress.names.length) {
    return new Setback(reason, { ...rest, refuse: refusals(turn, blamed, reason) });
  }
  const { search, certificate } = turn.tenant.record;
  if (search?.ca === ca.settings.name && search.open.length > 0) {
    const next = refused(search);
    const found = next.search.open.length > 0 || next.search.good.length > 0;
    if (found)
      return new Setback(reason, { ...rest, search: next.search, refuse: refusals(turn, next.culprits, reason) });
  } else if (progress.names.length > 1) {
    const begun = beginSearch(ca.settings.name, "finalizing", progress.names, certificate?.names ?? []);
    return new Setback(reason, { ...rest, search: begun });
  }
  return undefined;
}

/** Names left out of orders for a while, each for longer where it was refused before. */
export function refusals(turn: Turn, names: readonly string[], reason: Reason): RefusedName[] {
  const known = turn.tenant.record.refusedNames ?? [];
  return names.map((name) => {
    const times = (known.find((one) => one.name === name)?.times ?? 0) + 1;
    const wait = Math.min(DAY * 2 ** (times - 1), LONGEST_REFUSAL) / turn.ports.timeScale;
    return { name, reason, until: turn.now() + wait, times };
  });
}
