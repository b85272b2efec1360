import { HOUR, SECOND } from "../../base/clock";
import { emergencyAt } from "../../renewal/policy";
import { Setback } from "../setback";
import type { Turn } from "../turn";

/** While the account's key changes, another front may have been replaced after so long. */
const AGREEMENT_AGAIN = 10 * SECOND;
/** All fronts have been replaced by then. One that still says another key says it for ever, and may not stop everybody's orders. */
const AGREEMENT_AWAITED = 1 * HOUR;

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
