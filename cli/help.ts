import { wrap } from "../core/base/wrap";
import type { Command, Option } from "./command";
import { factLines } from "./table";

/** Every terminal has so many columns. */
const WIDTH = 80;

/** Options that every command takes: which stack is meant. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  stack: { value: "NAME", help: "Pulumi stack whose outputs say where everything is (default: the selected one)" },
  region: { value: "REGION", help: "AWS region (default: the stack's own)" },
  table: { value: "NAME", help: "DynamoDB table, instead of the stack's outputs; also CERTFRONT_TABLE" },
  issuer: { value: "NAME", help: "issuer function, instead of the stack's outputs; also CERTFRONT_ISSUER" },
  local: { help: "the local stack, and no other" },
  help: { help: "this text" },
};

/** `certfront --help`. */
export function overview(commands: readonly Command[]): string {
  return [
    "certfront: why a tenant has its certificate, or has none.",
    "",
    "Usage: npx certfront <command> [options]",
    "",
    "Commands:",
    ...factLines(
      commands.map((command) => [signature(command), command.summary]),
      WIDTH,
    ),
    "",
    ...wrap(
      "`npx certfront <command> --help` says more. Without --stack or --table the local stack is asked while it runs, else the selected Pulumi stack; which one it was is said on standard error. Everything is in docs/cli.md.",
      WIDTH,
    ),
  ].join("\n");
}

/** `certfront <command> --help`. */
export function commandHelp(command: Command): string {
  return [
    `Usage: npx certfront ${signature(command)} [options]`,
    "",
    ...wrap(command.description, WIDTH),
    "",
    "Options:",
    ...optionLines(command.options),
    "",
    ...(command.withoutStack ? [] : ["Which stack:", ...optionLines(COMMON_OPTIONS), ""]),
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}

function signature(command: Command): string {
  return command.argument ? `${command.name} ${command.argument}` : command.name;
}

function optionLines(options: Readonly<Record<string, Option>>): string[] {
  const entries = Object.entries(options);
  if (entries.length === 0) return ["  none of its own"];
  return factLines(
    entries.map(([name, { value, help }]) => [value ? `--${name} ${value}` : `--${name}`, help]),
    WIDTH,
  );
}
