import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findProgram } from "../../local/process/debian/ensure-packages";
import type { Pebble } from "../../local/process/parts/pebble";
import { type Measured, measured } from "./measured";

export interface LegoRun {
  readonly pebble: Pebble;
  /** An empty folder of its own. */
  readonly folder: string;
  /** Served as `/` on the names' port 80. */
  readonly webroot: string;
  readonly domains: readonly string[];
  readonly parallel: number;
}

/** Seconds after which one lego is killed: far beyond what one takes, but it was seen to wait for an answer for minutes. */
const LONGEST_SECONDS = 60;

/**
 * lego, one process per certificate as it is made to be used, by `xargs -P`. Its account is made beforehand, uncounted. What it
 * failed to make is counted and shown, and is no failure of the bench.
 */
export async function runLego(run: LegoRun): Promise<Measured> {
  const program = findProgram("lego") ?? "lego";
  const flags = [
    ...["--server", run.pebble.directory, "--email", "bench@certfront.example", "--accept-tos"],
    ...["--key-type", "ec256", "--path", run.folder, "--http", "--http.webroot", run.webroot],
  ];
  const one = ["timeout", LONGEST_SECONDS, program, ...flags, "--domains"].join(" ");
  await shell(`${one} first.lego.example run`, "", run.pebble.trustFile);
  const before = run.pebble.orderCount();
  const begun = Date.now();
  // dash's \`times\` says what its children used, all of them waited for.
  const script = `xargs -P ${run.parallel} -I{} ${one} {} run; times`;
  const output = await shell(script, `${run.domains.join("\n")}\n`, run.pebble.trustFile);
  const wallMs = Date.now() - begun;
  const made = run.domains.filter((domain) => fs.existsSync(path.join(run.folder, "certificates", `${domain}.crt`)));
  const failures = output.match(/^.*(?:error|timeout|could not).*$/gim) ?? [];
  if (made.length < run.domains.length) process.stderr.write(`${failures.slice(0, 5).join("\n")}\n`);
  const counts = { asked: run.domains.length, made: made.length, orders: run.pebble.orderCount() - before };
  return measured("lego", counts, wallMs, childrenCpuMs(output));
}

function shell(script: string, input: string, trustFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", script], {
      env: { ...process.env, LEGO_CA_CERTIFICATES: trustFile },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", () => resolve(output));
    child.stdin.end(input);
  });
}

/** The second line of `times`: `0m1.23s 0m0.45s`, user and system time of the children. */
function childrenCpuMs(output: string): number {
  const lines = output.match(/^\d+m[\d.]+s \d+m[\d.]+s$/gm) ?? [];
  const [user = "", system = ""] = (lines.at(-1) ?? "").split(" ");
  const ms = [user, system].map((time) => {
    const [minutes = "", seconds = ""] = time.replace("s", "").split("m");
    return (Number(minutes) * 60 + Number(seconds)) * 1000;
  });
  return (ms[0] ?? Number.NaN) + (ms[1] ?? Number.NaN);
}
