import type { Clock } from "../core/base/clock";
import type { Target } from "./target";
import type { Terminal } from "./terminal";

/** One word after `certfront`. Its help text is made from this, and docs/cli.md is tested against it. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What it takes besides options; in angle brackets what it cannot do without. */
  readonly argument?: "<domain>" | "[domain]" | "<domain> <fault>" | "<shell>";
  /** Asks no stack: none is looked for, and its target is empty. */
  readonly withoutStack?: true;
  /** Full sentences: what it does, what it changes. */
  readonly description: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  run(invocation: Invocation): Promise<ExitCode>;
}

export interface Option {
  /** How the value is called in the help text; absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface Invocation {
  /** What was typed besides options. */
  readonly argument: string | undefined;
  /** The domain name in it. */
  readonly domain: string | undefined;
  /** What was typed after it. */
  readonly rest: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly target: Target;
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Waits, ms. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What a command's exit code says; docs/cli.md holds the same table. */
export const EXIT = {
  /** Asked and answered, and the answer is good. */
  ok: 0,
  /** Asked and answered, and the answer is bad: a tenant is not well, an alarm did not ring. */
  bad: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** Could not be found out or done: no stack, no permission, no network. */
  failed: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A string option's value, undefined when it was not given. */
export function text(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === "string" ? value : undefined;
}
