import type { Place } from "./place";

/** What every component of a stack is given. */
export interface Common {
  /** The stack's name: the metrics' dimension and the first part of every name. */
  readonly stack: string;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
  /** Days that logs are kept. */
  readonly logRetentionDays: number;
  /** Whether what cannot be made again (table, keys, addresses) refuses to be destroyed. */
  readonly protect: boolean;
}
