import { type Clock, HOUR } from "../../core/base/clock";
import type { TransientStore } from "../../core/record/store";
import { SealError } from "../../core/seal/envelope";
import type { Opener } from "../../core/seal/opener";
import type { FrontLog } from "./front-log";

/** How long a ring that was deleted or overwritten may be missing while a front runs. */
const LOOKED_AT = 1 * HOUR;

/**
 * The data keys that fronts have opened, handed on from front to front: a new one asks KMS for one of them and for those that were
 * made since, instead of for every one of two months. A convenience only: where there is none, or a wrong one, KMS is asked for each.
 */
export class KeyRing {
  private adoptedAt: number | undefined;

  constructor(
    private readonly store: Pick<TransientStore, "keyRing" | "putKeyRing">,
    private readonly keys: Opener,
    private readonly log: Pick<FrontLog, "warn">,
    private readonly clock: Clock,
  ) {}

  /** Before the first load; again where it could not be read, and each hour. */
  async adopt(): Promise<void> {
    if (this.adoptedAt !== undefined && this.clock.now() - this.adoptedAt < LOOKED_AT) return;
    try {
      const ring = await this.store.keyRing();
      if (ring === undefined) this.keys.forgetRing();
      else await this.keys.adoptRing(ring);
      this.adoptedAt = this.clock.now();
    } catch (error) {
      if (error instanceof SealError) this.keys.forgetRing();
      this.log.warn("no ring of data keys", { error });
    }
  }

  /** Once all is loaded: where many data keys are new, or the ring has gone, writes them down for the next front. */
  async handOn(): Promise<void> {
    await this.adopt();
    const ring = await this.keys.newRing();
    if (ring === undefined) return;
    await this.store.putKeyRing(ring);
    await this.keys.adoptRing(ring);
  }
}
