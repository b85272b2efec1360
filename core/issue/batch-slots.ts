import { randomUUID } from "node:crypto";
import { MINUTE, SECOND } from "../base/clock";
import type { IssuerPorts } from "./ports";

/**
 * Batches under way at once, whichever round started them. A new AWS account runs ten functions at a time in all: apply, reconcile
 * and the monitor's sweep with its two lanes must find room beside these, or Lambda refuses to start one.
 */
export const BATCH_SLOTS = 5;
/** A batch that has not begun by then does not begin any more: Lambda lost it. */
const BEGINS_WITHIN = 2 * MINUTE;
/** A batch that has not said for so long that it is alive is not. */
const LIFETIME = 90 * SECOND;
/** How often it says so. */
export const SLOT_RENEWAL = 30 * SECOND;

/** A slot, taken by reconcile for a batch that it starts. */
export interface SlotClaim {
  readonly slot: number;
  readonly holder: string;
}

type SlotPorts = Pick<IssuerPorts, "store" | "clock">;

/** Takes as many free slots as wanted, or as there are. */
export async function claimSlots(wanted: number, { store, clock }: SlotPorts): Promise<SlotClaim[]> {
  const now = clock.now();
  const leases = await store.batchLeases();
  const free = Array.from({ length: BATCH_SLOTS }, (_, slot) => slot).filter(
    (slot) => !leases.some((lease) => lease.slot === slot && lease.until > now),
  );
  const claims = await Promise.all(
    free.slice(0, wanted).map(async (slot) => {
      const holder = randomUUID();
      const taken = await store.putBatchLease({ slot, holder, until: now + BEGINS_WITHIN }, { freeAt: now });
      return taken ? [{ slot, holder }] : [];
    }),
  );
  return claims.flat();
}

/** Gives a slot back that no batch needs. */
export async function releaseSlot({ slot, holder }: SlotClaim, { store }: SlotPorts): Promise<void> {
  await store.putBatchLease({ slot, holder, until: 0 }, { holder });
}

/** The slot of a batch that runs. */
export class BatchSlot {
  private constructor(
    private readonly slot: number,
    private readonly holder: string,
    private readonly ports: SlotPorts,
  ) {}

  /** @returns undefined where the batch was delivered before, or so late that its slot went to another */
  static async accept(claim: SlotClaim, ports: SlotPorts): Promise<BatchSlot | undefined> {
    const own = new BatchSlot(claim.slot, randomUUID(), ports);
    const lease = { slot: claim.slot, holder: own.holder, until: ports.clock.now() + LIFETIME };
    return (await ports.store.putBatchLease(lease, { holder: claim.holder })) ? own : undefined;
  }

  async renew(): Promise<void> {
    const { slot, holder } = this;
    await this.ports.store.putBatchLease({ slot, holder, until: this.ports.clock.now() + LIFETIME }, { holder });
  }

  release(): Promise<void> {
    return releaseSlot({ slot: this.slot, holder: this.holder }, this.ports);
  }
}
