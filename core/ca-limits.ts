import type { Clock } from "./clock";
import type { CertificateSummary } from "./record";
import type { Store } from "./store";

/** A limit of a CA that leaves no room now. */
export interface LimitReached {
  /** As people say it: `300 new orders in 3 hours`. */
  readonly description: string;
  /** ms since the epoch. */
  readonly retryAt: number;
}

export interface OrderToCount {
  readonly names: readonly string[];
  /** The certificate that the order renews. */
  readonly replaces: CertificateSummary | undefined;
}

/** What CAs allow, counted by us so that it is never hit. */
export class CaLimits {
  constructor(
    readonly store: Pick<Store, "bucket" | "putBucket">,
    readonly clock: Clock,
  ) {}

  /** Counts an order about to be placed; undefined where there is room. */
  async take(_ca: string, _order: OrderToCount): Promise<LimitReached | undefined> {
    return undefined;
  }

  /** Counts validations that failed. */
  async failed(_ca: string, _names: readonly string[]): Promise<void> {}
}
