import type { AcmeAuthorization } from "../../ca/certificate-authority";
import type { OrderTurn } from "./order-turn";

/*
 * What a CA has validated for an order is given up once its certificate is stored (RFC 8555 §7.5.2): the next certificate needs a proof of
 * its own. What was valid before is somebody else's, an earlier proof or a name that its owner had approved at the CA, and stays.
 */

/** An order for a hundred names is the longest that is taken. */
const MOST = 100;

/** These are about to be validated for the order. */
export function noteValidated(work: OrderTurn, open: readonly AcmeAuthorization[]): void {
  const urls = [...validatedFor(work), ...open.map(({ url }) => url)];
  work.turn.tenant.memory.validated = { ca: work.progress.ca, urls: urls.slice(-MOST) };
}

/** By this turn's orders at the CA, and by the turns before. */
export function validatedFor({ turn, progress }: OrderTurn): readonly string[] {
  const { validated } = turn.tenant.memory;
  return validated?.ca === progress.ca ? validated.urls : (progress.validated ?? []);
}

/** Best effort, and in seconds: the certificate is stored by now, whatever the CA says to this. */
export async function deactivateAuthorizations(work: OrderTurn): Promise<void> {
  const { turn, ca } = work;
  const validated = validatedFor(work);
  delete turn.tenant.memory.validated;
  if (validated.length === 0 || turn.now() >= turn.end) return;
  try {
    // A name may be going to another tenant, whose order then stands on the same authorization.
    const list = await turn.ports.store.appliedList();
    if (list && list.writingUntil > turn.now()) return;
    await Promise.allSettled(validated.map((url) => ca.deactivate(url)));
  } catch {
    // They expire by themselves.
  }
}
