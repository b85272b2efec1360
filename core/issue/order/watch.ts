import { HOUR, MINUTE, SECOND } from "../../base/clock";
import type { AcmeOrder } from "../../ca/certificate-authority";
import { bounded } from "../../ca/retry-after";
import { Setback } from "../setback";
import { ask } from "./ask";
import { validatedFor } from "./deactivate";
import type { OrderTurn } from "./order-turn";
import { stuckOrder } from "./verdicts";

const FIRST_POLL = 250;
const LONGEST_POLL = 5 * SECOND;
/** How long one turn watches an order, before it leaves it to the next. */
const WATCH_FOR = 60 * SECOND;
/** An order that waits longer is looked at once a turn, and ever more rarely. */
const WATCHED_CLOSELY = 2 * MINUTE;
const SOONEST_TURN = 5 * SECOND;
const LATEST_TURN = 10 * MINUTE;
/** A CA that asks for a longer pause between two polls is asked earlier (ZeroSSL says a day, and is ready in seconds). */
const LONGEST_PAUSE = 1 * MINUTE;
/** How long an order may wait in one state before another CA is asked; with no other, before this one is asked anew. */
const PATIENCE = 1 * HOUR;
const PATIENCE_ALONE = 6 * HOUR;

/**
 * Asks for the order until it moves, within this turn's bounds and the patience that the CA is worth.
 * @throws Setback where it does not move
 */
export async function watch(
  work: OrderTurn,
  order: AcmeOrder,
  moved: (order: AcmeOrder) => boolean,
): Promise<AcmeOrder> {
  const { turn, ca, progress } = work;
  const now = turn.now();
  const waiting = progress.waiting?.status === order.status ? progress.waiting : { status: order.status, since: now };
  const watchFor = now - waiting.since < WATCHED_CLOSELY ? WATCH_FOR : 0;
  const end = Math.min(turn.end, now + watchFor);
  let current = order;
  for (let interval = FIRST_POLL; !moved(current); interval = Math.min(interval * 1.5, LONGEST_POLL)) {
    const asked = bounded(current.retryAfterMs, LONGEST_PAUSE) ?? 0;
    const wait = Math.max(interval, asked);
    if (asked > LONGEST_POLL || turn.now() + wait > end) throw stillWaiting(work, current, waiting, asked);
    await turn.ports.pause(wait);
    current = await ask(turn, ca, () => ca.order(order.url));
  }
  return current;
}

type Waiting = NonNullable<OrderTurn["progress"]["waiting"]>;

/** The order does not move now. It stays on record while there is patience. */
function stillWaiting(work: OrderTurn, order: AcmeOrder, waiting: Waiting, asked: number): Setback {
  const { turn, ca, progress } = work;
  const now = turn.now();
  const waited = now - waiting.since;
  const patience = (turn.ports.cas.length > 1 ? PATIENCE : PATIENCE_ALONE) / turn.ports.timeScale;
  if (waited >= patience) return stuckOrder(work, `it has been ${order.status} for too long`);
  const validated = validatedFor(work);
  const sentence = `${ca.settings.name} is still working on the order for ${turn.domain}.`;
  const own = waited < WATCHED_CLOSELY ? SOONEST_TURN : Math.min(waited / 4, LATEST_TURN);
  const wait = Math.max(asked, own);
  return new Setback(
    { code: "WAITING", sentence },
    {
      kind: "unfinished",
      retryAt: now + wait,
      order: { ...progress, url: order.url, waiting, ...(validated.length > 0 && { validated }) },
    },
  );
}
