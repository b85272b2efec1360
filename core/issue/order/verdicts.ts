import { DAY, HOUR, SECOND, scaled } from "../../base/clock";
import {
  type AcmeAuthorization,
  AcmeError,
  type AcmeOrder,
  type AcmeProblem,
  type CertificateAuthority,
} from "../../ca/certificate-authority";
import { outageRetry } from "../../ca/outages";
import { explainProblem, isGone } from "../../ca/reasons";
import { bounded, LONGEST_LIMIT } from "../../ca/retry-after";
import { isAccountLimit, mayPass, namesBlamed } from "../../ca/scope";
import type { BadCertificateError } from "../../certificate/facts";
import type { Reason } from "../../record/reason";
import type { RefusedName } from "../../record/record";
import { emergencyAt } from "../../renewal/policy";
import { FIRST_RETRY, orderRetry } from "../retry-schedule";
import { Setback, type SetbackDetails } from "../setback";
import type { Turn } from "../turn";
import type { OrderTurn } from "./order-turn";
import { beginSearch, refused } from "./search";

/** After so long an order that does not get through at its CA is given up, and another CA asked. */
const PATIENCE_WITH_CA = 1 * HOUR;
/** With no other CA it is placed anew after so long: the trouble may be this order's alone, and outages are mostly shorter. */
const PATIENCE_ALONE = 1 * DAY;
/** How long a CA that refused one tenant is not asked for it again, while others are left. */
const AVOID_FOR = 1 * DAY;
/** While the account's key changes, another front may have been replaced after so long. */
const AGREEMENT_AGAIN = 10 * SECOND;
/** All fronts have been replaced by then. One that still says another key says it for ever, and may not stop everybody's orders. */
const AGREEMENT_AWAITED = 1 * HOUR;
/** A name refused again and again is tried again after a day, two days, four, and then each week. */
const LONGEST_REFUSAL = 7 * DAY;

/** The turn's time is too short for a new order. */
export function notYetPlaced(turn: Turn): Setback {
  const sentence = `An order for ${turn.domain} is about to be placed.`;
  return new Setback({ code: "WAITING", sentence }, { kind: "unfinished", retryAt: turn.now() });
}

/** @throws Setback where a front would answer a CA for another account key than the orders', and not for long yet */
export async function frontsAgree(turn: Turn): Promise<void> {
  const { certificate, heldSince = turn.now() } = turn.tenant.record;
  const waited = turn.now() - heldSince;
  if (waited >= AGREEMENT_AWAITED || (certificate && turn.now() >= emergencyAt(certificate))) return;
  const others = await turn.ports.fronts.disagreeing();
  if (others.length === 0) return;
  const who = others.slice(0, 5).join(", ");
  const sentence = `No order for ${turn.domain} is placed while fronts answer CAs for another account key than the issuer's, or open no sealed keys: ${who}. They are being replaced.`;
  throw new Setback(
    { code: "WAITING", sentence },
    { kind: "unfinished", retryAt: turn.now() + AGREEMENT_AGAIN, heldSince },
  );
}

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
function whenAsked(turn: Turn, { retryAfterMs }: AcmeError): number | undefined {
  const asked = bounded(retryAfterMs, LONGEST_LIMIT);
  const shortest = scaled(orderRetry(1), turn.ports.timeScale);
  return asked === undefined || asked < shortest ? undefined : turn.now() + asked;
}

/** When to ask a CA again that failed: a tenant that meets this turn after turn asks ever more rarely, whatever others meet. */
async function afterFailure(turn: Turn, ca: string, { retryAfterMs }: AcmeError): Promise<number> {
  const { ports, domain, tenant } = turn;
  const until = await ports.outages.report(ca, domain, retryAfterMs);
  const wait = outageRetry((tenant.record.caFailures ?? 0) + 1);
  return Math.max(until, turn.now() + scaled(wait, ports.timeScale));
}

/** The CA was asked to sign and said no to the names: the blamed ones are left out, or looked for where it blamed none. */
function refusedRequest(work: OrderTurn, error: AcmeError, reason: Reason): Setback | undefined {
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

/** A CA that is not asked for this tenant for a while, or until it said itself. */
function avoided(turn: Turn, ca: string, until = turn.now() + AVOID_FOR / turn.ports.timeScale) {
  return { ca, until };
}

/** Whether another CA is left that has not refused this tenant lately. */
function othersAreLeft(turn: Turn, ca: string): boolean {
  const avoided = turn.tenant.record.avoidCas?.filter(({ until }) => until > turn.now()).map((one) => one.ca) ?? [];
  return turn.ports.cas.some(({ settings }) => settings.name !== ca && !avoided.includes(settings.name));
}

/** An authorization that no token can make valid any more. */
export const isDead = ({ status, http01 }: AcmeAuthorization): boolean =>
  !["pending", "valid"].includes(status) || (status === "pending" && http01?.status === "invalid");

/** Another order of the account had the same authorization, and gave it up when it was through (deactivate.ts): nothing of this one's own. */
export const isGivenUp = ({ tenant }: Turn, { status }: AcmeAuthorization): boolean =>
  status === "deactivated" && tenant.record.failures === 0;

/** It counts as a failure, so that a CA which takes back each authorization is not asked at once again and again. */
export function givenUpOrder({ turn, progress }: OrderTurn): Setback {
  const sentence = `What the order for ${turn.domain} at ${progress.ca} stood on was given up; a new one is placed.`;
  return new Setback(
    { code: "WAITING", sentence },
    { kind: "refused", dropOrder: true, retryAt: turn.now() + FIRST_RETRY },
  );
}

/** The CA's verdict was no: which name, and why. */
export async function invalidOrder(work: OrderTurn, order: AcmeOrder): Promise<Setback> {
  const { ca, turn, progress } = work;
  const { ports } = turn;
  const authorizations = await Promise.all(order.authorizations.map((url) => readable(ca, url)));
  const no = authorizations
    .filter((one) => one !== undefined)
    .filter(({ error, status }) => error !== undefined || status === "invalid");
  if (no.length === 0 && authorizations.some((one) => one && isGivenUp(turn, one))) return givenUpOrder(work);
  // One of another name tells why, but counts against none of ours.
  const failed = no.filter(({ name }) => progress.names.includes(name));
  const unexplained = order.error ?? {
    type: "certfront:malformed",
    detail: "The order became invalid without a reason.",
  };
  const explain = (problem: AcmeProblem, about: string) => {
    const answer = explainProblem(problem, { domain: about, ca: ca.settings.name, stage: "validating" });
    const { code, sentence, problemType } = answer;
    return {
      tryNextCa: answer.tryNextCa && othersAreLeft(turn, ca.settings.name),
      reason: { code, sentence, problemType },
    };
  };
  await ports.limits.failed(
    progress.ca,
    failed.map(({ name }) => name),
  );
  ports.observer.metric("ordersFailed", 1);
  const [first] = [...no].sort((a, b) => Number(b.error !== undefined) - Number(a.error !== undefined));
  const { tryNextCa, reason } = explain(
    first?.error ?? unexplained,
    failed.find((one) => one === first)?.name ?? turn.domain,
  );
  const until = turn.now() + AVOID_FOR / ports.timeScale;
  const othersAreWell = failed.length > 0 && failed.length < progress.names.length;
  return new Setback(reason, {
    kind: "refused",
    dropOrder: true,
    ...(tryNextCa && { avoid: { ca: progress.ca, until } }),
    ...(!tryNextCa &&
      othersAreWell && {
        refuse: failed.flatMap(({ name, error }) => refusals(turn, [name], explain(error ?? unexplained, name).reason)),
      }),
  });
}

/** The order is over, whether its authorizations can still be read or not; a CA that cannot be reached is asked again. */
async function readable(ca: CertificateAuthority, url: string): Promise<AcmeAuthorization | undefined> {
  try {
    return await ca.authorization(url);
  } catch (error) {
    if (error instanceof AcmeError && !mayPass(error.problem)) return undefined;
    throw error;
  }
}

/** The CA failed in the middle of an order, which is kept where it can still be finished. */
export async function interruptedOrder(work: OrderTurn, error: AcmeError): Promise<Setback> {
  const { turn, progress, ca } = work;
  const { ports, domain } = turn;
  const now = turn.now();
  if (isGone(error)) {
    // One that lists or gives orders and does not know them a moment later would be given new ones without end.
    const isYoung = now - progress.startedAt < PATIENCE_WITH_CA / ports.timeScale;
    const why = `${progress.ca} does not know it any more`;
    return isYoung ? stuckOrder(work, why) : lostOrder(turn, why);
  }

  const answer = explainProblem(error.problem, { domain, ca: progress.ca, stage: "ordering" });
  const reason = { code: answer.code, sentence: answer.sentence, problemType: answer.problemType };
  const avoid = avoided(turn, progress.ca);
  const limited = answer.code === "RATE_LIMITED";
  if (answer.code === "CA_DOWN" || limited) {
    const asked = bounded(error.retryAfterMs, LONGEST_LIMIT);
    const retryAt =
      limited && asked !== undefined
        ? isAccountLimit(error.problem, progress.names)
          ? await ports.outages.limited(ca.settings.name, asked)
          : now + asked
        : await afterFailure(turn, ca.settings.name, error);
    const patience = ports.cas.length > 1 ? PATIENCE_WITH_CA : PATIENCE_ALONE;
    const enough = now - progress.startedAt > scaled(patience, ports.timeScale);
    return new Setback(reason, {
      kind: "outage",
      caFailed: true,
      retryAt,
      dropOrder: enough,
      ...(enough && { avoid }),
      cause: error,
    });
  }
  const nextCa = answer.tryNextCa && othersAreLeft(turn, progress.ca);
  const aboutNames = answer.code === "CAA_FORBIDS" || answer.code === "CA_REJECTED" || answer.code === "ACCOUNT_ERROR";
  const set = !nextCa && aboutNames ? refusedRequest(work, error, reason) : undefined;
  if (set) return set;
  return new Setback(reason, {
    kind: "refused",
    dropOrder: true,
    retryAt: whenAsked(turn, error),
    ...(answer.tryNextCa && { avoid }),
    cause: error,
  });
}

/** The order cannot be finished by anybody; the next turn places another. */
export function lostOrder(turn: Turn, why: string): Setback {
  const sentence = `The order for ${turn.domain} cannot be finished: ${why}. A new one is placed.`;
  return new Setback(
    { code: "WAITING", sentence },
    { kind: "unfinished", dropOrder: true, retryAt: turn.tenant.record.since },
  );
}

/** The order can go no further at this CA: another one is asked, or this one anew some time later. */
export function stuckOrder({ turn, progress, ca }: OrderTurn, why: string): Setback {
  const sentence = `${ca.settings.name} did not finish the order for ${turn.domain}: ${why}. A new one is placed.`;
  const avoid = avoided(turn, progress.ca);
  const soon = othersAreLeft(turn, progress.ca) && { retryAt: turn.now() };
  return new Setback({ code: "CA_DOWN", sentence }, { kind: "refused", dropOrder: true, avoid, ...soon });
}

/** What the CA handed out is not what was ordered. */
export function wrongCertificate({ turn, progress, ca }: OrderTurn, error: BadCertificateError): Setback {
  const sentence = `${ca.settings.name} gave a certificate for ${turn.domain} that was not stored. ${error.message}`;
  const avoid = avoided(turn, progress.ca);
  const soon = othersAreLeft(turn, progress.ca) && { retryAt: turn.now() };
  return new Setback({ code: "CA_DOWN", sentence }, { kind: "refused", dropOrder: true, avoid, cause: error, ...soon });
}
