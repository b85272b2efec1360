import { readFileSync } from "node:fs";
import { CertfrontError, wordsOf } from "../../core/base/errors";
import { type FrontSettings, parseFrontSettings } from "../settings";
import { PREPARE } from "./as-owner";
import { configure, prepare } from "./configure";
import { run, surroundings } from "./run";

const USAGE = "usage: agent.js configure|run <front.json>";

async function main([command, settingsFile]: readonly string[]): Promise<void> {
  if (command === PREPARE) {
    process.umask(0o077);
    process.stdout.write(JSON.stringify(await prepare(parseFrontSettings(JSON.parse(settingsFile ?? "")))));
    return;
  }
  if (!settingsFile || (command !== "configure" && command !== "run"))
    throw new CertfrontError(USAGE, { code: "USAGE" });
  const settings: FrontSettings = parseFrontSettings(JSON.parse(readFileSync(settingsFile, "utf8")));
  process.umask(0o077);
  if (command === "configure") {
    await configure(settings);
    return;
  }
  const agent = await run(settings, await surroundings(settings));
  const stop = (): void => {
    agent.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const advice = error instanceof CertfrontError && error.advice ? ` ${error.advice}` : "";
  process.stderr.write(`${wordsOf(error)}${advice}\n`);
  process.exit(1);
});
