import type { Heartbeat } from "../../core/record/record";

/** A front reports every ten seconds, and clocks may differ by minutes, ms. */
const SILENT_MS = 15 * 60_000;
/** A report this old is of a front that is gone: the table forgets it a day later, ms. */
const GONE_MS = 24 * 3_600_000;

/** Fronts that stopped reporting, or that report what they cannot serve as stored. One that left in order said so (`ready` false). */
export function staleFronts(heartbeats: readonly Heartbeat[], now: number): { front: string; problem: string }[] {
  return heartbeats.flatMap(({ front, at, ready, failed, selfCheck }) => {
    const age = now - at;
    if (age >= GONE_MS || (age >= SILENT_MS && !ready)) return [];
    const problem = problemOf(age, failed.length, selfCheck?.mismatches.length ?? 0);
    return problem === undefined ? [] : [{ front, problem }];
  });
}

/** Fronts heard of lately. */
export const present = (heartbeats: readonly Heartbeat[], now: number): Heartbeat[] =>
  heartbeats.filter(({ at }) => now - at < SILENT_MS);

function problemOf(age: number, failed: number, mismatches: number): string | undefined {
  if (age >= SILENT_MS) return `has not reported for ${Math.round(age / 60_000)} minutes`;
  if (failed > 0) return `cannot bring ${failed} tenant${failed === 1 ? "" : "s"} to the stored state`;
  if (mismatches > 0) return `serves something else than stored for ${mismatches} name${mismatches === 1 ? "" : "s"}`;
  return undefined;
}
