import { DAY, HOUR } from "../../base/clock";
import type { AcmeError, AcmeOrder, AcmeProblem, CertificateAuthority } from "../../ca/certificate-authority";
import { explainProblem, isGone } from "../../ca/reasons";
import type { OrderProgress } from "../../record/record";
import type { IssuerPorts } from "../ports";
import { Setback } from "../setback";
import type { LeasedTenant } from "../turn";

/** After so long an order that does not get through at its CA is given up, and another CA asked. */
const PATIENCE_WITH_CA = 1 * HOUR;

/** An order under way, and where. */
export interface OrderAtCa {
  readonly tenant: LeasedTenant;
  readonly progress: OrderProgress;
  readonly ca: CertificateAuthority;
  readonly ports: IssuerPorts;
}

/** The CA's verdict was no: which name, and why. */
export async function orderInvalid({ ca, ports, tenant, progress }: OrderAtCa, order: AcmeOrder): Promise<Setback> {
  const authorizations = await Promise.all(order.authorizations.map((url) => ca.authorization(url)));
  const failed = authorizations.filter(({ error, status }) => error !== undefined || status === "invalid");
  const now = ports.clock.now();
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
  const { tryNextCa, reason } = explain(first?.error ?? unexplained, first?.name ?? tenant.record.tenant.domain);
  const until = now + DAY / ports.timeScale;
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

/** The CA failed in the middle of an order. The order is kept where it can still be finished. */
export async function interrupted({ tenant, progress, ca, ports }: OrderAtCa, error: AcmeError): Promise<Setback> {
  const { domain } = tenant.record.tenant;
  const now = ports.clock.now();
  if (isGone(error))
    return startAgain(tenant, `${progress.ca} does not know the order for ${domain} any more. A new one is placed.`);

  const answer = explainProblem(error.problem, { domain, ca: progress.ca, stage: "ordering" });
  const reason = { code: answer.code, sentence: answer.sentence, problemType: answer.problemType };
  if (answer.code === "CA_DOWN" || answer.code === "RATE_LIMITED") {
    const retryAt = await ports.outages.report(ca.settings.name, error.retryAfterMs);
    const enough = ports.cas.length > 1 && now - progress.startedAt > PATIENCE_WITH_CA / ports.timeScale;
    const avoid = enough && { avoid: { ca: progress.ca, until: now + DAY / ports.timeScale } };
    return new Setback(reason, { kind: "outage", retryAt, dropOrder: enough, ...avoid, cause: error });
  }
  return new Setback(reason, {
    kind: "refused",
    dropOrder: true,
    retryAt: error.retryAfterMs === undefined ? undefined : now + error.retryAfterMs,
    ...(answer.tryNextCa && { avoid: { ca: progress.ca, until: now + DAY / ports.timeScale } }),
    cause: error,
  });
}

/** The order cannot be finished by anybody; the next turn places another. */
export function startAgain(tenant: LeasedTenant, sentence: string): Setback {
  return new Setback(
    { code: "WAITING", sentence },
    { kind: "unfinished", dropOrder: true, retryAt: tenant.record.since },
  );
}
