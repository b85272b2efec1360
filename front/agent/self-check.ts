import { wordsOf } from "../../core/base/errors";
import { inParallel } from "../../core/base/in-parallel";
import type { Heartbeat } from "../../core/record/record";
import type { TenantSet } from "./tenant-set";

/** Tenants looked at each time, at least; the next time the next ones, so that all come round. */
const LEAST_SAMPLE = 50;
/** It runs every minute, and a day is enough for one round. */
const RUNS_A_DAY = 1_440;

/** Shakes hands with this front as a client would, and compares what is served with what is held. */
export class SelfCheck {
  latest: Heartbeat["selfCheck"];
  private position = 0;

  constructor(private readonly tenants: Pick<TenantSet, "all" | "get" | "prove">) {}

  /** @returns domains whose certificate is not what is held */
  async run(): Promise<readonly string[]> {
    const served = [...this.tenants.all()].filter((one) => one.certificate);
    if (this.position >= served.length) this.position = 0;
    const size = Math.max(LEAST_SAMPLE, Math.ceil(served.length / RUNS_A_DAY));
    const sample = served.slice(this.position, this.position + size);
    this.position += size;
    const mismatches: { domain: string; problem: string }[] = [];
    await inParallel(sample, 4, async (held) => {
      try {
        await this.tenants.prove(held);
      } catch (error) {
        // Replaced while the handshake was under way: not a mismatch.
        if (this.tenants.get(held.domain) === held) mismatches.push({ domain: held.domain, problem: wordsOf(error) });
      }
    });
    this.latest = { checked: sample.length, mismatches };
    return mismatches.map((one) => one.domain);
  }
}
