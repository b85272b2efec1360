import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "./place";

/** What every component of a stack is given. */
export interface Common {
  /** `<project>-<name>`: the metrics' dimension, and the first part of alarms', queries' and log groups' names. */
  readonly stack: string;
  readonly place: Place;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
  /** Days that logs are kept. */
  readonly logRetentionDays: number;
  /** Whether all that serves refuses to be destroyed. */
  readonly protect: boolean;
}
