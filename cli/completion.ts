import { CertfrontError } from "../core/base/errors";
import { REASON_CODES } from "../core/record/reason";
import { TENANT_STATES } from "../core/record/record";
import { type Command, EXIT, type Invocation } from "./command";
import { COMMON_OPTIONS } from "./help";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Values of options that take one of a few. */
const VALUES: Readonly<Record<string, readonly string[]>> = { state: TENANT_STATES, reason: REASON_CODES };

/** `certfront completion bash`. @param commands all of them, this one included */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    argument: "<shell>",
    withoutStack: true,
    summary: "a script that completes commands and options in bash, zsh or fish",
    description:
      "Prints the script; nothing is installed. It knows commands, options and fixed values, and asks no stack.",
    options: {},
    examples: [
      'eval "$(npx certfront completion bash)"',
      'eval "$(npx certfront completion zsh)"',
      "npx certfront completion fish | source",
    ],
    async run({ argument, terminal }: Invocation) {
      const shell = SHELLS.find((known) => known === argument);
      if (!shell)
        throw new CertfrontError(`There is no completion for ${argument}.`, {
          code: "USAGE",
          advice: `It knows ${SHELLS.join(", ")}.`,
        });
      terminal.out(SCRIPTS[shell](commands()));
      return EXIT.ok;
    },
  };
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (commands: readonly Command[]) => string>> = {
  bash,
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`,
  fish,
};

function optionsOf(command: Command): string[] {
  const common = command.withoutStack ? ["help"] : Object.keys(COMMON_OPTIONS);
  return [...Object.keys(command.options), ...common].map((name) => `--${name}`);
}

/** The words after `certfront`, or after a command, and for `npx certfront` as well. */
function bash(commands: readonly Command[]): string {
  const values = Object.entries(VALUES).map(([name, list]) => `    --${name}) words="${list.join(" ")}" ;;`);
  return `\
_certfront() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" words="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      certfront | -*) ;;
      *) [ "\${COMP_WORDS[0]}" = npx ] && [ "\${COMP_WORDS[1]}" != certfront ] && return
         command="\${COMP_WORDS[at]}"; break ;;
    esac
  done
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(" ")} --help --version" ;;
${commands.map((command) => `    ${command.name}) words="${[...optionsOf(command), ...(command.name === "completion" ? SHELLS : [])].join(" ")}" ;;`).join("\n")}
  esac
  case "$before" in
${values.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _certfront certfront
complete -o default -F _certfront npx`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap((command) => [
    `complete -c certfront -f -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
    ...Object.entries({ ...command.options, ...(command.withoutStack ? {} : COMMON_OPTIONS) }).map(
      ([name, { value, help }]) =>
        `complete -c certfront -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)} -l ${name}${value ? ` -x${VALUES[name] ? ` -a ${quoted(VALUES[name].join(" "))}` : ""}` : ""} -d ${quoted(help)}`,
    ),
  ]);
  return lines.join("\n");
}
