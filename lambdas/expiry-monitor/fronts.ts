import { lateAt } from "../../core/record/front-problem";
import type { Heartbeat } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";

/** A front reports every ten seconds, and clocks may differ by minutes, ms. */
const SILENT_MS = 15 * 60_000;
/** A report this old is of a front that is gone: the table forgets it a day later, ms. */
const GONE_MS = 24 * 3_600_000;

/** How many tenants each front that is up does not serve as stored, counted one after another. */
export class LateTenants {
  private readonly byFront = new Map<string, number>();

  constructor(
    private readonly heartbeats: readonly Heartbeat[],
    private readonly now: number,
  ) {}

  /** By the same rule by which `status` takes a tenant for fine. */
  add(tenant: TenantIndexEntry): void {
    if (tenant.state === "removed" || !tenant.certificate) return;
    for (const beat of this.heartbeats) {
      if (lateAt(beat, tenant, this.now)) this.byFront.set(beat.front, this.at(beat.front) + 1);
    }
  }

  at(front: string): number {
    return this.byFront.get(front) ?? 0;
  }
}

/**
 * Fronts that stopped reporting, or do not serve every tenant as stored, by what they report and by what the table holds. One that
 * left in order said so (`ready` false).
 */
export function staleFronts(
  heartbeats: readonly Heartbeat[],
  now: number,
  late: Pick<LateTenants, "at">,
): { front: string; problem: string }[] {
  return heartbeats.flatMap(({ front, at, ready, failed, selfCheck }) => {
    const age = now - at;
    if (age >= GONE_MS || (age >= SILENT_MS && !ready)) return [];
    const problem = problemOf(age, failed.length, selfCheck?.mismatches.length ?? 0, late.at(front));
    return problem === undefined ? [] : [{ front, problem }];
  });
}

/** Fronts heard of lately. */
export const present = (heartbeats: readonly Heartbeat[], now: number): Heartbeat[] =>
  heartbeats.filter(({ at }) => now - at < SILENT_MS);

function problemOf(age: number, failed: number, mismatches: number, late: number): string | undefined {
  if (age >= SILENT_MS) return `has not reported for ${Math.round(age / 60_000)} minutes`;
  if (failed > 0) return `cannot bring ${failed} tenant${failed === 1 ? "" : "s"} to the stored state`;
  if (mismatches > 0) return `serves something else than stored for ${mismatches} name${mismatches === 1 ? "" : "s"}`;
  if (late > 0) return `has not applied the last change of ${late} tenant${late === 1 ? "" : "s"}`;
  return undefined;
}
