import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";

const HELP = `npm run test:again -- [--times N] [--load N] [jest's own arguments]
Runs the tests N times in a row (10 unless said) beside N busy loops (none unless said), and counts what failed.`;

interface Round {
  readonly seconds: number;
  readonly failures: readonly string[];
  readonly code: number;
}

/** A flaky test shows a fault, most easily on a machine that has no time for it. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      times: { type: "string", default: "10" },
      load: { type: "string", default: "0" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const loops = Array.from({ length: count("load", values.load) }, busyLoop);
  const rounds: Round[] = [];
  try {
    for (let round = 1; round <= count("times", values.times); round += 1) {
      rounds.push(await runOnce(positionals));
      const { seconds, failures, code } = rounds[rounds.length - 1] ?? { seconds: 0, failures: [], code: 1 };
      const verdict = code === 0 ? "green" : `red (exit ${code})`;
      console.log(`round ${round}: ${seconds.toFixed(0)} s, ${verdict}`);
      for (const failure of failures) console.log(`  ${failure}`);
    }
  } finally {
    for (const loop of loops) loop.kill("SIGKILL");
  }
  return summary(rounds);
}

async function runOnce(args: readonly string[]): Promise<Round> {
  const started = Date.now();
  const jest = spawn(process.execPath, [require.resolve("jest/bin/jest"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [jest.stdout, jest.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(jest, "close")) as [number | null];
  // Jest says each failure twice, in place and in its summary.
  const failures = new Set(said.split("\n").filter((line) => line.startsWith("  ● ") && line !== "  ● Console"));
  if (code !== 0) {
    const log = path.join(mkdtempSync(path.join(tmpdir(), "certfront-again-")), "jest.log");
    writeFileSync(log, said);
    console.log(`  all that Jest said: ${log}`);
  }
  return {
    seconds: (Date.now() - started) / 1_000,
    failures: [...failures].map((line) => line.slice(4)),
    code: code ?? 1,
  };
}

function summary(rounds: readonly Round[]): number {
  const seconds = rounds.map((round) => round.seconds).sort((a, b) => a - b);
  const middle = seconds[Math.floor(seconds.length / 2)] ?? 0;
  const red = rounds.filter(({ code }) => code !== 0);
  const often = new Map<string, number>();
  for (const failure of red.flatMap(({ failures }) => failures)) often.set(failure, (often.get(failure) ?? 0) + 1);
  console.log(
    `\n${rounds.length} rounds: ${red.length} red; ${seconds[0]?.toFixed(0)} to ${seconds.at(-1)?.toFixed(0)} s, median ${middle.toFixed(0)} s`,
  );
  for (const [failure, times] of often) console.log(`  ${times} × ${failure}`);
  return red.length === 0 ? 0 : 1;
}

function busyLoop(): ChildProcess {
  return spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
}

/** @throws Error unless it is a whole number from 0 up */
function count(option: string, text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new Error(`--${option} takes a whole number, not "${text}".`);
  return Number(text);
}

void main().then((code) => {
  process.exitCode = code;
});
