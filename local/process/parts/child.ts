import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import { CertfrontError } from "../../../core/base/errors";
import { keep, release } from "../keeper";

/** A program of the local stack, ended by its process id only. */
export interface Child {
  readonly pid: number;
  /** The end of what it wrote to stdout and stderr. */
  output(): string;
  /** Ends it (SIGTERM, SIGKILL after 3 s) and waits until it is gone. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Called about every 20 ms; true: the program is ready for use. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
  /** ms. */
  readonly readyWithin?: number;
  /** Also write its output here (0600). */
  readonly logFile?: string;
  /** Told each piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Told when it ends by itself after it was ready. */
  readonly onEnd?: ((how: string) => void) | undefined;
}

/** Characters of output kept in memory: a program may run for days. */
const OUTPUT_KEPT = 256 * 1024;

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a program and waits until it is ready. The child dies with this process, also when that is killed.
 * @throws CertfrontError (PART_NOT_READY) with the program's own output when it ends early or is not ready in time
 */
export async function startChild(command: string, args: readonly string[], options: ChildOptions): Promise<Child> {
  const child = spawn(command, [...args], {
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
    // A Ctrl-C in the terminal is for this process, which ends its parts in order.
    detached: true,
  });
  const pid = child.pid;
  if (pid !== undefined) keep(pid);
  let output = "";
  const log = options.logFile === undefined ? undefined : fs.createWriteStream(options.logFile, { mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
      log?.write(text);
      options.onOutput?.(text);
    });
  }
  let ended: string | undefined;
  running.add(child);
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      ended = error.message;
      resolve();
    });
    child.once("exit", (code, signal) => {
      ended = `exit ${code ?? signal}`;
      resolve();
    });
  }).finally(() => {
    running.delete(child);
    if (pid !== undefined) release(pid);
    log?.end();
  });
  let stopping = false;
  const stop = async () => {
    stopping = true;
    if (ended !== undefined) return;
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), 3_000);
    await gone;
    clearTimeout(kill);
  };

  const deadline = Date.now() + (options.readyWithin ?? 20_000);
  for (;;) {
    if (ended !== undefined) throw notReady(`${command} ended before it was ready (${ended})`, output);
    if (await options.ready(output)) break;
    if (Date.now() > deadline) {
      await stop();
      throw notReady(`${command} was not ready in time`, output);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  void gone.then(() => {
    if (!stopping) options.onEnd?.(`${ended}:\n${output.slice(-2_000)}`);
  });
  return { pid: child.pid ?? 0, output: () => output, stop };
}

function notReady(what: string, output: string): CertfrontError {
  return new CertfrontError(output.trim() === "" ? `${what}.` : `${what}:\n${output.trimEnd()}`, {
    code: "PART_NOT_READY",
    advice: "Try again; where the machine is very busy, when it is less so.",
  });
}

/** Whether something accepts TCP connections there; for `ready`. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
