import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Clock, systemClock } from "../core/base/clock";
import { closest } from "../core/base/closest";
import { CertfrontError } from "../core/base/errors";
import { adviceFor } from "./advice";
import { breakCommand, healCommand } from "./break";
import { type Command, EXIT, type ExitCode, type Invocation } from "./command";
import { completionCommand } from "./completion";
import { consoleCommand } from "./console/console";
import { doctorCommand } from "./doctor/doctor";
import { drillCommand } from "./drill";
import { explainCommand } from "./explain";
import { COMMON_OPTIONS, commandHelp, overview } from "./help";
import { labCommand } from "./lab";
import { renewCommand } from "./renew";
import { restoreCommand } from "./restore/restore";
import { revokeCommand } from "./revoke";
import { rotateAccountKeyCommand } from "./rotate-account-key";
import { statusCommand } from "./status";
import { resolveTarget, type Target } from "./target";
import { plain, processTerminal, type Terminal } from "./terminal";
import { tryCommand } from "./try";
import { typedName } from "./typed-name";
import { VERSION } from "./version";

export const COMMANDS: readonly Command[] = [
  statusCommand,
  explainCommand,
  consoleCommand,
  doctorCommand,
  drillCommand,
  renewCommand,
  revokeCommand,
  rotateAccountKeyCommand,
  restoreCommand,
  tryCommand,
  breakCommand,
  healCommand,
  labCommand,
  completionCommand(() => COMMANDS),
];

const NO_STACK: Target = { description: "no stack" };

/** Entry point of `cli/certfront.js`. */
export async function main(): Promise<void> {
  // `| head` closes the pipe early: that is the reader's choice, not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
  );
  process.exitCode = await run(process.argv.slice(2), processTerminal(), process.env, systemClock);
}

/** One command line, start to end. Never throws: what goes wrong is said on `terminal` and in the exit code. */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  pause: Invocation["pause"] = sleep,
): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    if (name !== undefined) terminal.out(overview(COMMANDS));
    else terminal.note(overview(COMMANDS));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "version" || name === "--version" || name === "-V") {
    terminal.out(VERSION);
    return EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  try {
    if (!command) throw new CertfrontError(noCommand(name), { code: "USAGE", advice: "See npx certfront --help." });
    const parsed = parse(command, rest);
    if (parsed.options.help) {
      terminal.out(commandHelp(command));
      return EXIT.ok;
    }
    const missing = argumentsOf(command)[parsed.typed];
    if (missing?.needed) throw wrongUsage(command, `${command.name} needs a ${missing.what}.`);

    const target = command.withoutStack ? NO_STACK : await resolveTarget(parsed.options, env);
    if (target !== NO_STACK) terminal.note(target.description);
    return await command.run({ ...parsed, target, terminal, env, clock, pause });
  } catch (error) {
    return failure(terminal, error, rest.includes("--json"));
  }
}

function wrongUsage({ name }: Command, problem: string): CertfrontError {
  return new CertfrontError(problem, { code: "USAGE", advice: `See npx certfront ${name} --help.` });
}

/** `<domain> <fault>`: in angle brackets what it cannot do without. */
function argumentsOf({ argument }: Command): { readonly what: string; readonly needed: boolean }[] {
  return [...(argument ?? "").matchAll(/[<[](\w+)/g)].map(([word, what = ""]) => ({
    what,
    needed: word.startsWith("<"),
  }));
}

/** @throws CertfrontError (USAGE) */
function parse(command: Command, args: readonly string[]) {
  const known = { ...command.options, ...COMMON_OPTIONS };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [
      name,
      { type: value ? ("string" as const) : ("boolean" as const) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const takes = argumentsOf(command);
    if (positionals.length > takes.length) {
      const words = takes.map(({ what }) => `one ${what}`).join(" and ") || "no argument";
      throw wrongUsage(command, `${command.name} takes ${words}, not ${positionals.length}.`);
    }
    const [argument, ...rest] = positionals;
    const domain = argument === undefined || takes[0]?.what !== "domain" ? undefined : typedName(argument);
    return { argument, domain, rest, typed: positionals.length, options: { ...values } };
  } catch (error) {
    throw error instanceof CertfrontError ? error : wrongUsage(command, optionProblem(error, Object.keys(known)));
  }
}

function noCommand(name: string): string {
  const meant = closest(
    name,
    COMMANDS.map((command) => command.name),
  );
  return `There is no command ${plain(name)}.${meant ? ` Did you mean ${meant}?` : ""}`;
}

/** Node's own sentence, without its advice on positional arguments, and with what was probably meant. */
function optionProblem(error: unknown, known: readonly string[]): string {
  const [sentence = ""] = (error as Error).message.split(". To specify a positional");
  const unknown = /^Unknown option '-+([^']+)'/.exec(sentence)?.[1];
  const meant = unknown === undefined ? undefined : closest(unknown, known);
  return `${sentence.replace(/\.$/, "")}.${meant ? ` Did you mean --${meant}?` : ""}`;
}

/** A sentence for people; where a script asked, the same as its one JSON document. */
function failure(terminal: Terminal, error: unknown, json: boolean): ExitCode {
  const { message } = error instanceof Error ? error : new Error(String(error));
  terminal.note(`certfront: ${message.split("\n").map(plain).join("\n")}`);
  const advice = adviceFor(error);
  if (advice) terminal.note(`  ${plain(advice)}`);
  const { code = "FAILED", tenant = undefined } = error instanceof CertfrontError ? error : {};
  if (json) terminal.out(JSON.stringify({ error: { code, message, advice, tenant } }, null, 2));
  return error instanceof CertfrontError && error.code === "USAGE" ? EXIT.usage : EXIT.failed;
}
