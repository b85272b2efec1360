import type { TransientStore } from "../../core/record/store";
import type { Opener } from "../../core/seal/opener";
import type { FrontLog } from "./front-log";

/**
 * The data keys that fronts have opened, handed on from front to front: a new one asks KMS for one of them and for those that were
 * made since, instead of for every one of two months. A convenience only: where there is none, or a wrong one, KMS is asked for each.
 */
export class KeyRing {
  private adopted = false;

  constructor(
    private readonly store: Pick<TransientStore, "keyRing" | "putKeyRing">,
    private readonly keys: Opener,
    private readonly log: Pick<FrontLog, "warn">,
  ) {}

  /** Before the first load; again where it could not be read. */
  async adopt(): Promise<void> {
    if (this.adopted) return;
    try {
      const ring = await this.store.keyRing();
      if (ring !== undefined) await this.keys.adoptRing(ring);
      this.adopted = true;
    } catch (error) {
      this.log.warn("no ring of data keys", { error });
    }
  }

  /** Once all is loaded: where many data keys are new, writes them down for the next front. */
  async handOn(): Promise<void> {
    const ring = await this.keys.newRing();
    if (ring === undefined) return;
    await this.store.putKeyRing(ring);
    await this.keys.adoptRing(ring);
  }
}
