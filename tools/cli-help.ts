import { commandHelp, overview } from "../cli/help";
import { COMMANDS } from "../cli/main";

/** Puts the help texts into docs/cli.md: its blocks of plain text are the overview and each command's, in order. */
export function withHelp(page: string): string {
  const texts = [overview(COMMANDS), ...COMMANDS.map(commandHelp)];
  return page.replace(/```text\n(?:.*?\n)??```/gs, (block) => {
    const text = texts.shift();
    return text === undefined ? block : `\`\`\`text\n${text}\n\`\`\``;
  });
}
