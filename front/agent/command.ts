import { readFileSync } from "node:fs";
import { CertfrontError } from "../../core/base/errors";
import { parseFrontSettings } from "../settings";
import { PREPARE } from "./as-owner";
import { configure, prepare } from "./configure";
import { run, surroundings } from "./run";

const USAGE = "usage: agent.js configure|run <front.json>";

/**
 * What the agent's program was asked for. Whatever it writes is its owner's only.
 * @returns an agent that runs on, where it was asked to run
 */
export async function command(
  [name, given]: readonly string[],
  print: (text: string) => void,
): Promise<{ stop: () => Promise<void> } | undefined> {
  if (!given || (name !== PREPARE && name !== "configure" && name !== "run")) {
    throw new CertfrontError(USAGE, { code: "USAGE" });
  }
  process.umask(0o077);
  if (name === PREPARE) {
    print(JSON.stringify(await prepare(parseFrontSettings(JSON.parse(given)))));
    return undefined;
  }
  const settings = parseFrontSettings(JSON.parse(readFileSync(given, "utf8")));
  if (name === "run") return run(settings, await surroundings(settings));
  await configure(settings);
  return undefined;
}
