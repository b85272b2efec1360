import { SECOND } from "../../base/clock";
import { AcmeError, type AcmeOrder, type CertificateAuthority } from "../../ca/certificate-authority";
import { isAlreadyReplaced } from "../../ca/reasons";
import { mayPass } from "../../ca/scope";
import type { OrderProgress } from "../../record/record";
import type { Turn } from "../turn";
import type { OrderTurn } from "./order-turn";

/** One lost answer costs seconds, not the turn. */
const PAUSES = [1 * SECOND, 2 * SECOND, 4 * SECOND];

/**
 * Asks a CA, and again after 1, 2 and 4 s where it gave no answer or had a problem of its own and does not ask for a longer pause.
 * An answer ends its streak of failures.
 * @throws AcmeError
 */
export async function ask<T>(turn: Turn, ca: CertificateAuthority, call: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    const pause = PAUSES[failures];
    try {
      const answer = await call();
      await turn.ports.outages.over(ca.settings.name);
      return answer;
    } catch (error) {
      if (!(error instanceof AcmeError) || !mayPass(error.problem) || pause === undefined) throw error;
      if ((error.retryAfterMs ?? 0) > pause || turn.now() + pause >= turn.end) throw error;
      await turn.ports.outages.report(ca.settings.name, turn.domain, undefined);
      // Others met it too: it is no lost answer.
      if (await turn.ports.outages.isDown(ca.settings.name)) throw error;
      await turn.ports.pause(pause);
    }
  }
}

/** A new order. An answer that did not come may have been one: it is looked for before another is spent. */
export function askForOrder(turn: Turn, ca: CertificateAuthority, progress: OrderProgress): Promise<AcmeOrder> {
  let lost = false;
  return ask(turn, ca, async () => {
    const found = lost ? await findQuietly(progress, ca, turn.now()) : undefined;
    lost = true;
    return found ?? newOrder(progress, ca);
  });
}

/** Finalizes a `ready` order. An answer that did not come may have been a yes. */
export function askToSign({ turn, ca, secret }: OrderTurn, order: AcmeOrder): Promise<AcmeOrder> {
  let lost = false;
  return ask(turn, ca, async () => {
    const latest = lost ? await ca.order(order.url) : order;
    lost = true;
    return latest.status === "ready" ? ca.finalize(latest, secret.csr) : latest;
  });
}

/**
 * A CA whose list of orders fails has told us nothing; that it may be down shows with the order. Nor does one count that it lists
 * although its time is over.
 */
export async function findQuietly(
  { names }: OrderProgress,
  ca: CertificateAuthority,
  now: number,
): Promise<AcmeOrder | undefined> {
  try {
    const found = await ca.findOrder(names);
    return found && (found.expires ?? Number.POSITIVE_INFINITY) > now ? found : undefined;
  } catch (error) {
    if (error instanceof AcmeError) return undefined;
    throw error;
  }
}

/** A second use of `replaces` is refused by its status, whatever its type: the order is then simply a new one. */
async function newOrder({ names, replaces }: OrderProgress, ca: CertificateAuthority): Promise<AcmeOrder> {
  try {
    return await ca.newOrder(names, { replaces });
  } catch (error) {
    if (replaces === undefined || !(error instanceof AcmeError) || !isAlreadyReplaced(error)) throw error;
    return ca.newOrder(names, {});
  }
}
