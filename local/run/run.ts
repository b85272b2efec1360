import type { Progress } from "../progress/events";
import { commandsToTry } from "./commands-to-try";
import type { StackLab } from "./lab";
import { type LocalStack, type StackOptions, startStack } from "./stack";
import { watchConfig } from "./watch-config";

export interface RunOptions extends StackOptions {
  readonly once: boolean;
  readonly json: boolean;
}

/** ms that `--once` waits for every tenant to be served by every front, after the program is done. */
const ONCE_WITHIN = 5 * 60_000;
/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Runs the stack until it is served (`--once`) or until it is told to end. @returns the exit code */
export async function run({ once, json, ...options }: RunOptions): Promise<number> {
  const ended = signalled();
  const stack = await started(options, ended, json);
  if (stack === undefined) return INTERRUPTED;
  options.progress.tell({ kind: "console", url: stack.endpoints.console });
  // From the start: an edit may be what a waiting tenant needs.
  const watcher = once ? undefined : watchConfig(stack, options);
  try {
    const served = await Promise.race([
      allServed(stack, once ? ONCE_WITHIN : undefined),
      ended.then(() => false),
      stack.failed,
    ]);
    if (json) process.stdout.write(`${JSON.stringify(document(stack), undefined, 2)}\n`);
    else if (!served) process.stderr.write(reasons(stack));
    if (once) return served ? 0 : 1;
    if (served) {
      options.progress.phase("every tenant is served by every front");
      for (const line of commandsToTry(stack.tenants()[0]?.domain)) options.progress.hint(line);
      if (stack.lab) sayLab(stack.lab, options.progress);
    }
    await Promise.race([ended, stack.failed]);
    return 0;
  } finally {
    watcher?.close();
    options.progress.phase("stopping");
    await stack.stop();
  }
}

function sayLab({ page, bases }: StackLab, progress: Progress): void {
  progress.hint(`open ${page}   # the client capability lab`);
  if (new URL(bases.data.https).port !== "")
    progress.warn("The lab is not on ports 80 and 443: wget ties cookies to others, and fails the combined tests.");
}

/** The running stack; undefined when told to end before it was up: what it started until then ends with this process. */
async function started(options: StackOptions, ended: Promise<void>, json: boolean): Promise<LocalStack | undefined> {
  try {
    return await Promise.race([startStack(options), ended.then(() => undefined)]);
  } catch (error) {
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: String(error), tenants: [], alarms: [] })}\n`);
    throw error;
  }
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}

async function allServed(stack: LocalStack, within = Number.POSITIVE_INFINITY): Promise<boolean> {
  const deadline = Date.now() + within;
  while (!stack.allServed()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function document(stack: LocalStack) {
  return {
    ok: stack.allServed(),
    tenants: stack.tenants(),
    alarms: stack.alarms().map(({ name, state }) => ({ name, state })),
  };
}

function reasons(stack: LocalStack): string {
  const waiting = stack.tenants().filter((tenant) => tenant.secondsToServed === undefined);
  return waiting
    .map(({ domain, state, sentence }) => `${domain} is ${state}: ${sentence ?? "no reason is known yet"}\n`)
    .join("");
}
