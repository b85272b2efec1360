import { DAY } from "../base/clock";
import type { ReasonCode } from "../record/reason";
import type { Heartbeat, TenantState } from "../record/record";
import type { TenantIndexEntry } from "../record/store";
import { ATTENTION, type Attention, attention } from "./attention";

export interface TenantCounts {
  /** Tenants in the configuration: removed ones are in `byState` only. */
  readonly total: number;
  /** Taken out of the configuration within a day. */
  readonly removedLately: number;
  readonly byAttention: Readonly<Record<Attention, number>>;
  readonly byState: Readonly<Partial<Record<TenantState, number>>>;
  /** Of tenants that have a reason. */
  readonly byReason: Readonly<Partial<Record<ReasonCode, number>>>;
}

/** Counts tenants one after another, holding none. */
export class TenantCounter {
  private total = 0;
  private removedLately = 0;
  private readonly byAttention = Object.fromEntries(ATTENTION.map((level) => [level, 0])) as Record<Attention, number>;
  private readonly byState: Partial<Record<TenantState, number>> = {};
  private readonly byReason: Partial<Record<ReasonCode, number>> = {};

  /**
   * @param heartbeats of fronts heard of lately
   * @param now decides what has expired or is overdue, ms
   */
  constructor(
    private readonly heartbeats: readonly Heartbeat[],
    private readonly now: number,
  ) {}

  /** @returns how much it needs a person */
  add(tenant: TenantIndexEntry): Attention | "removed" {
    this.byState[tenant.state] = (this.byState[tenant.state] ?? 0) + 1;
    const level = attention(tenant, this.heartbeats, this.now);
    if (level === "removed") {
      if (this.now - tenant.since < DAY) this.removedLately += 1;
      return level;
    }
    this.total += 1;
    this.byAttention[level] += 1;
    if (tenant.reason) this.byReason[tenant.reason.code] = (this.byReason[tenant.reason.code] ?? 0) + 1;
    return level;
  }

  counts(): TenantCounts {
    const { total, removedLately, byAttention, byState, byReason } = this;
    return structuredClone({ total, removedLately, byAttention, byState, byReason });
  }
}
