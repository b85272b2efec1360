import type { ReasonCode } from "../record/reason";
import type { TenantState } from "../record/record";
import type { TenantIndexEntry } from "../record/store";
import { ATTENTION, type Attention, attention } from "./attention";

export interface TenantCounts {
  readonly total: number;
  readonly byAttention: Readonly<Record<Attention, number>>;
  readonly byState: Readonly<Partial<Record<TenantState, number>>>;
  /** Of tenants that have a reason. */
  readonly byReason: Readonly<Partial<Record<ReasonCode, number>>>;
}

/** Counts tenants one after another, holding none. */
export class TenantCounter {
  private total = 0;
  private readonly byAttention = Object.fromEntries(ATTENTION.map((level) => [level, 0])) as Record<Attention, number>;
  private readonly byState: Partial<Record<TenantState, number>> = {};
  private readonly byReason: Partial<Record<ReasonCode, number>> = {};

  /** @param now decides what has expired or is overdue, ms */
  constructor(private readonly now: number) {}

  add(tenant: TenantIndexEntry): void {
    this.total += 1;
    this.byAttention[attention(tenant, this.now)] += 1;
    this.byState[tenant.state] = (this.byState[tenant.state] ?? 0) + 1;
    if (tenant.reason) this.byReason[tenant.reason.code] = (this.byReason[tenant.reason.code] ?? 0) + 1;
  }

  counts(): TenantCounts {
    const { total, byAttention, byState, byReason } = this;
    return structuredClone({ total, byAttention, byState, byReason });
  }
}
