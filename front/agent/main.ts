import { CertfrontError, wordsOf } from "../../core/base/errors";
import { command } from "./command";

async function main(): Promise<void> {
  const agent = await command(process.argv.slice(2), (text) => void process.stdout.write(text));
  if (!agent) return;
  const stop = (): void => {
    agent.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main().catch((error: unknown) => {
  const advice = error instanceof CertfrontError && error.advice ? ` ${error.advice}` : "";
  process.stderr.write(`${wordsOf(error)}${advice}\n`);
  process.exit(1);
});
