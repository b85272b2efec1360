import { run } from "../cli/main";
import type { Clock } from "../core/base/clock";
import { CapturedTerminal } from "./captured-terminal";

export interface CliAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Questions that were asked. */
  readonly asked: readonly string[];
}

export interface CliOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Answer to every question; default: no. */
  readonly answer?: boolean;
  readonly pause?: (ms: number) => Promise<unknown>;
  /** Columns of the terminal; default: nobody looks. */
  readonly width?: number;
}

/** `npx certfront <args>` in this process. */
export async function certfront(
  args: readonly string[],
  { env, clock, answer, pause, width }: CliOptions,
): Promise<CliAnswer> {
  const terminal = new CapturedTerminal(answer, width);
  const code = await run(args, terminal, env, clock, pause);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr, asked: terminal.asked };
}
