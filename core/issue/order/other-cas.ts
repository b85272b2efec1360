import { DAY, scaled } from "../../base/clock";
import type { AcmeError } from "../../ca/certificate-authority";
import { outageRetry } from "../../ca/outages";
import type { Turn } from "../turn";

/** How long a CA that refused one tenant is not asked for it again, while others are left. */
const AVOID_FOR = 1 * DAY;

/** A CA that is not asked for this tenant for a while, or until it said itself. */
export function avoided(turn: Turn, ca: string, until = turn.now() + AVOID_FOR / turn.ports.timeScale) {
  return { ca, until };
}

/** Whether another CA is left that has not refused this tenant lately. */
export function othersAreLeft(turn: Turn, ca: string): boolean {
  const avoided = turn.tenant.record.avoidCas?.filter(({ until }) => until > turn.now()).map((one) => one.ca) ?? [];
  return turn.ports.cas.some(({ settings }) => settings.name !== ca && !avoided.includes(settings.name));
}

/** When to ask a CA again that failed: a tenant that meets this turn after turn asks ever more rarely, whatever others meet. */
export async function afterFailure(turn: Turn, ca: string, { retryAfterMs }: AcmeError): Promise<number> {
  const { ports, domain, tenant } = turn;
  const until = await ports.outages.report(ca, domain, retryAfterMs);
  const wait = outageRetry((tenant.record.caFailures ?? 0) + 1);
  return Math.max(until, turn.now() + scaled(wait, ports.timeScale));
}
