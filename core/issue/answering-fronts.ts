import { type Clock, MINUTE, SECOND } from "../base/clock";
import type { Store } from "../record/store";

/** A front that has not reported for so long is not asked for its agreement: it is down, or gone. It reports every ten seconds. */
const PRESENT = 1 * MINUTE;
/** How long what the table said is believed, so that a batch of tenants costs one read. */
const REMEMBERED = 2 * SECOND;

/**
 * Whether the fronts answer CAs for the present account key. For as long as a changed key is being rolled out, fronts of both keys
 * serve side by side, and an order placed then would fail its validation at some.
 */
export class AnsweringFronts {
  private seen: { readonly at: number; readonly disagreeing: Promise<readonly string[]> } | undefined;

  /** @param thumbprint of the account's key (RFC 7638) */
  constructor(
    private readonly store: Pick<Store, "heartbeats">,
    private readonly clock: Clock,
    readonly thumbprint: string,
  ) {}

  /** Names of the ready fronts that answer for another key, or do not say for which. */
  disagreeing(): Promise<readonly string[]> {
    const now = this.clock.now();
    if (!this.seen || now - this.seen.at >= REMEMBERED) {
      const disagreeing = this.ask(now);
      this.seen = { at: now, disagreeing };
      disagreeing.catch(() => {
        this.seen = undefined;
      });
    }
    return this.seen.disagreeing;
  }

  private async ask(now: number): Promise<readonly string[]> {
    const beats = await this.store.heartbeats(now, PRESENT);
    return beats.filter(({ ready, thumbprint }) => ready && thumbprint !== this.thumbprint).map(({ front }) => front);
  }
}
