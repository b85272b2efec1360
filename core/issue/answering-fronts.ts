import { type Clock, MINUTE, SECOND } from "../base/clock";
import type { Heartbeat } from "../record/record";
import type { Store } from "../record/store";

/** A front that has not reported for so long is not asked for its agreement: it is down, or gone. It reports every ten seconds. */
const PRESENT = 1 * MINUTE;
/** How long what the table said is believed, so that a batch of tenants costs one read. */
const REMEMBERED = 2 * SECOND;

/**
 * Whether the fronts can do what an order needs of them: answer CAs for the present account key, and open the sealed key that comes of
 * it. While either is being rolled out, fronts that can and fronts that cannot serve side by side, and an order would fail at some.
 */
export class AnsweringFronts {
  private seen: { readonly at: number; readonly ready: Promise<readonly Heartbeat[]> } | undefined;

  /** @param thumbprint of the account's key (RFC 7638) */
  constructor(
    private readonly store: Pick<Store, "heartbeats">,
    private readonly clock: Clock,
    readonly thumbprint: string,
  ) {}

  /** Names of the ready fronts that answer for another key, or do not say for which, or open no sealed keys. */
  async disagreeing(): Promise<readonly string[]> {
    const beats = await this.ready();
    return beats
      .filter(({ thumbprint, opensKeys }) => thumbprint !== this.thumbprint || !opensKeys)
      .map(({ front }) => front);
  }

  /** Whether fronts serve, and every one of them has brought this tenant to this revision or beyond. */
  async haveReached(domain: string, revision: number): Promise<boolean> {
    const beats = await this.ready();
    return (
      beats.length > 0 &&
      beats.every((beat) => beat.revision >= revision && !beat.failed.some((failure) => failure.domain === domain))
    );
  }

  private ready(): Promise<readonly Heartbeat[]> {
    const now = this.clock.now();
    if (!this.seen || now - this.seen.at >= REMEMBERED) {
      const ready = this.store.heartbeats(now, PRESENT).then((beats) => beats.filter((beat) => beat.ready));
      this.seen = { at: now, ready };
      ready.catch(() => {
        this.seen = undefined;
      });
    }
    return this.seen.ready;
  }
}
