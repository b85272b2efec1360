/** What one question of the doctor came to. */
export interface Finding {
  /** What was looked at, in two or three words. */
  readonly check: string;
  readonly verdict: Verdict;
  /** A sentence or two for people. */
  readonly says: string;
  /** Commands that mend it, in their order. */
  readonly mend: readonly string[];
}

/** unknown: it could not be asked. */
export type Verdict = "good" | "warning" | "bad" | "unknown";

export const good = (check: string, says: string): Finding => ({ check, verdict: "good", says, mend: [] });
export const warning = (check: string, says: string, ...mend: string[]): Finding => ({
  check,
  verdict: "warning",
  says,
  mend,
});
export const bad = (check: string, says: string, ...mend: string[]): Finding => ({ check, verdict: "bad", says, mend });
export const unknown = (check: string, says: string, ...mend: string[]): Finding => ({
  check,
  verdict: "unknown",
  says,
  mend,
});
