import { DAY, HOUR, scaled } from "../../base/clock";
import {
  type AcmeAuthorization,
  AcmeError,
  type AcmeOrder,
  type AcmeProblem,
  type CertificateAuthority,
} from "../../ca/certificate-authority";
import { explainProblem, isGone } from "../../ca/reasons";
import { bounded, LONGEST_LIMIT } from "../../ca/retry-after";
import { isAccountLimit, mayPass } from "../../ca/scope";
import type { BadCertificateError } from "../../certificate/facts";
import { FIRST_RETRY } from "../retry-schedule";
import { Setback, type SetbackDetails } from "../setback";
import type { Turn } from "../turn";
import type { OrderTurn } from "./order-turn";
import { afterFailure, avoided, othersAreLeft } from "./other-cas";
import { refusals, refusedRequest, whenAsked } from "./refusals";

/** After so long an order that does not get through at its CA is given up, and another CA asked. */
const PATIENCE_WITH_CA = 1 * HOUR;
/** With no other CA it is placed anew after so long: the trouble may be this order's alone, and outages are mostly shorter. */
const PATIENCE_ALONE = 1 * DAY;

/** The turn's time is too short for a new order. */
export function notYetPlaced(turn: Turn): Setback {
  const sentence = `An order for ${turn.domain} is about to be placed.`;
  return new Setback({ code: "WAITING", sentence }, { kind: "unfinished", retryAt: turn.now() });
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
  const othersAreWell = failed.length > 0 && failed.length < progress.names.length;
  return new Setback(reason, {
    kind: "refused",
    dropOrder: true,
    ...(tryNextCa && { avoid: avoided(turn, progress.ca) }),
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
  return new Setback({ code: "CA_DOWN", sentence }, toTheNext(turn, progress.ca));
}

/** What the CA handed out is not what was ordered. */
export function wrongCertificate({ turn, progress, ca }: OrderTurn, error: BadCertificateError): Setback {
  const sentence = `${ca.settings.name} gave a certificate for ${turn.domain} that was not stored. ${error.message}`;
  return new Setback({ code: "CA_DOWN", sentence }, { ...toTheNext(turn, progress.ca), cause: error });
}

/** The order is over at this CA: another one that is left is asked at once. */
function toTheNext(turn: Turn, ca: string): SetbackDetails {
  const soon = othersAreLeft(turn, ca) && { retryAt: turn.now() };
  return { kind: "refused", dropOrder: true, avoid: avoided(turn, ca), ...soon };
}
