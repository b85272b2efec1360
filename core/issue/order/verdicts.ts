import { DAY, HOUR, SECOND } from "../../base/clock";
import type { AcmeError, AcmeOrder, AcmeProblem, CertificateAuthority } from "../../ca/certificate-authority";
import { explainProblem, isGone } from "../../ca/reasons";
import type { BadCertificateError } from "../../certificate/facts";
import { Setback } from "../setback";
import type { Turn } from "../turn";
import type { OrderTurn } from "./order-turn";

/** After so long an order that does not get through at its CA is given up, and another CA asked. */
const PATIENCE_WITH_CA = 1 * HOUR;
/** How long a CA that refused one tenant is not asked for it again, while others are left. */
const AVOID_FOR = 1 * DAY;
const COME_BACK_IN = 5 * SECOND;
/** While the account's key changes, another front may have been replaced after so long. */
const AGREEMENT_AGAIN = 10 * SECOND;

/** Limits and outages that concern the whole account are remembered for all tenants. */
const ACCOUNT_WIDE = /new orders|account|too many (?:requests|connections)|busy|load/i;

/** The turn's time is too short for a new order. */
export function notYetPlaced(turn: Turn): Setback {
  const sentence = `An order for ${turn.domain} is about to be placed.`;
  return new Setback({ code: "WAITING", sentence }, { kind: "unfinished", retryAt: turn.now() });
}

/** @throws Setback where a front would answer a CA for another account key than the orders' */
export async function frontsAgree(turn: Turn): Promise<void> {
  const others = await turn.ports.fronts.disagreeing();
  if (others.length === 0) return;
  const who = others.slice(0, 5).join(", ");
  const sentence = `No order for ${turn.domain} is placed while fronts answer CAs for another account key than the issuer's: ${who}. The key was changed, and fronts are being replaced.`;
  throw new Setback({ code: "WAITING", sentence }, { kind: "unfinished", retryAt: turn.now() + AGREEMENT_AGAIN });
}

/** The CA refused to create the order, or could not. */
export async function refusedOrder(turn: Turn, ca: CertificateAuthority, error: AcmeError): Promise<Setback> {
  const { ports, domain } = turn;
  const { name } = ca.settings;
  const now = turn.now();
  const answer = explainProblem(error.problem, { domain, ca: name, stage: "ordering" });
  const reason = { code: answer.code, sentence: answer.sentence, problemType: answer.problemType };
  const retryAt = error.retryAfterMs === undefined ? undefined : now + error.retryAfterMs;
  const limited = answer.code === "RATE_LIMITED" && ACCOUNT_WIDE.test(error.problem.detail);
  if (answer.code === "CA_DOWN" || answer.code === "ACCOUNT_ERROR" || limited) {
    const until = await ports.outages.report(name, error.retryAfterMs);
    return new Setback(reason, { kind: "outage", retryAt: until, dropOrder: true, cause: error });
  }
  return new Setback(reason, {
    kind: "refused",
    retryAt,
    dropOrder: true,
    ...(answer.tryNextCa && { avoid: { ca: name, until: retryAt ?? now + AVOID_FOR / ports.timeScale } }),
    cause: error,
  });
}

/** The order does not move; it stays on record. */
export function stillWorking({ turn, ca }: OrderTurn, retryAfterMs: number): Setback {
  const sentence = `${ca.settings.name} is still working on the order for ${turn.domain}.`;
  const retryAt = turn.now() + Math.max(retryAfterMs, COME_BACK_IN);
  return new Setback({ code: "WAITING", sentence }, { kind: "unfinished", retryAt });
}

/** The CA's verdict was no: which name, and why. */
export async function invalidOrder({ ca, turn, progress }: OrderTurn, order: AcmeOrder): Promise<Setback> {
  const { ports } = turn;
  const authorizations = await Promise.all(order.authorizations.map((url) => ca.authorization(url)));
  const failed = authorizations.filter(({ error, status }) => error !== undefined || status === "invalid");
  const unexplained = order.error ?? {
    type: "certfront:malformed",
    detail: "The order became invalid without a reason.",
  };
  const explain = (problem: AcmeProblem, about: string) => {
    const answer = explainProblem(problem, { domain: about, ca: ca.settings.name, stage: "validating" });
    const { code, sentence, problemType } = answer;
    return { tryNextCa: answer.tryNextCa && ports.cas.length > 1, reason: { code, sentence, problemType } };
  };
  await ports.limits.failed(
    progress.ca,
    failed.map(({ name }) => name),
  );
  ports.observer.metric("ordersFailed", 1);
  const [first] = [...failed].sort((a, b) => Number(b.error !== undefined) - Number(a.error !== undefined));
  const { tryNextCa, reason } = explain(first?.error ?? unexplained, first?.name ?? turn.domain);
  const until = turn.now() + AVOID_FOR / ports.timeScale;
  const othersAreWell = failed.length > 0 && failed.length < progress.names.length;
  return new Setback(reason, {
    kind: "refused",
    dropOrder: true,
    ...(tryNextCa && { avoid: { ca: progress.ca, until } }),
    ...(!tryNextCa &&
      othersAreWell && {
        refuse: failed.map(({ name, error }) => ({ name, until, reason: explain(error ?? unexplained, name).reason })),
      }),
  });
}

/** The CA failed in the middle of an order, which is kept where it can still be finished. */
export async function interruptedOrder({ turn, progress, ca }: OrderTurn, error: AcmeError): Promise<Setback> {
  const { ports, domain } = turn;
  const now = turn.now();
  if (isGone(error)) return lostOrder(turn, `${progress.ca} does not know it any more`);

  const answer = explainProblem(error.problem, { domain, ca: progress.ca, stage: "ordering" });
  const reason = { code: answer.code, sentence: answer.sentence, problemType: answer.problemType };
  const avoid = { ca: progress.ca, until: now + AVOID_FOR / ports.timeScale };
  if (answer.code === "CA_DOWN" || answer.code === "RATE_LIMITED") {
    const retryAt = await ports.outages.report(ca.settings.name, error.retryAfterMs);
    const enough = ports.cas.length > 1 && now - progress.startedAt > PATIENCE_WITH_CA / ports.timeScale;
    return new Setback(reason, {
      kind: "outage",
      retryAt,
      dropOrder: enough,
      ...(enough && { avoid }),
      cause: error,
    });
  }
  return new Setback(reason, {
    kind: "refused",
    dropOrder: true,
    retryAt: error.retryAfterMs === undefined ? undefined : now + error.retryAfterMs,
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

/** What the CA handed out is not what was ordered. */
export function wrongCertificate({ turn, ca }: OrderTurn, error: BadCertificateError): Setback {
  const sentence = `${ca.settings.name} gave a certificate for ${turn.domain} that was not stored. ${error.message}`;
  const avoid = { ca: ca.settings.name, until: turn.now() + AVOID_FOR / turn.ports.timeScale };
  return new Setback({ code: "CA_DOWN", sentence }, { kind: "refused", dropOrder: true, avoid, cause: error });
}
