import * as fs from "node:fs";
import * as path from "node:path";
import { ROOT } from "../tools/cached";

/**
 * The lines of shell that a chapter of docs/deploy.md tells a reader to type, in order and as they stand there; a line may carry its
 * comment. @throws Error when the chapter is not there, or has none
 */
export function commandsOf(chapter: string): string[] {
  const guide = fs.readFileSync(path.join(ROOT, "docs", "deploy.md"), "utf8");
  const [, text = ""] = guide.split(new RegExp(`^## ${chapter}$`, "m"));
  const [own = ""] = text.split(/^## /m);
  const lines = [...own.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.split("\n"));
  const commands = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (commands.length === 0) throw new Error(`docs/deploy.md has no chapter "${chapter}" with commands`);
  return commands;
}
