import { SECOND } from "../../base/clock";
import type { AcmeOrder } from "../../ca/certificate-authority";
import type { OrderTurn } from "./order-turn";
import { stillWorking } from "./verdicts";

const FIRST_POLL = 250;
const LONGEST_POLL = 5 * SECOND;
/** How long one turn watches an order, before it leaves it to the next. */
const WATCH_FOR = 60 * SECOND;

/**
 * Asks for the order until it moves, within this turn's bounds.
 * @throws Setback where it does not move in this turn
 */
export async function watch(
  work: OrderTurn,
  order: AcmeOrder,
  moved: (order: AcmeOrder) => boolean,
): Promise<AcmeOrder> {
  const { turn, ca } = work;
  const end = Math.min(turn.end, turn.now() + WATCH_FOR);
  let current = order;
  for (let interval = FIRST_POLL; !moved(current); interval = Math.min(interval * 1.5, LONGEST_POLL)) {
    const asked = current.retryAfterMs ?? 0;
    const wait = Math.max(interval, asked);
    if (asked > LONGEST_POLL || turn.now() + wait > end) throw stillWorking(work, asked);
    await turn.ports.pause(wait);
    current = await ca.order(order.url);
  }
  return current;
}
