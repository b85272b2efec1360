import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { keep, release } from "./keeper";

export interface UnitSettings {
  /** For people: `front-1 haproxy`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Everything it writes goes here, 0600. */
  readonly logFile: string;
  /** Told when it ended by itself; it is started again a second later. */
  readonly onExit: (how: string) => void;
}

/** ms before it is started again: RestartSec of the instances' units. */
const RESTART_AFTER = 1_000;
/** ms between the signal to end and SIGKILL. */
const STOP_WITHIN = 5_000;

/** A program that runs until it is stopped, started again whenever it ends: a systemd unit with `Restart=always`. */
export class Unit {
  private child: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(private readonly settings: UnitSettings) {}

  start(): void {
    const { command, args, env, cwd, logFile } = this.settings;
    const log = fs.openSync(logFile, "a", 0o600);
    // A session of its own: a Ctrl-C in the terminal is for this program, which ends its parts in order.
    const child = spawn(command, [...args], { env, cwd, stdio: ["ignore", log, log], detached: true });
    fs.closeSync(log);
    this.child = child;
    const pid = child.pid;
    if (pid !== undefined) keep(pid);
    let ended = false;
    const end = (how: string): void => {
      if (ended) return;
      ended = true;
      if (pid !== undefined) release(pid);
      this.child = undefined;
      if (this.stopping) return;
      this.settings.onExit(how);
      this.restart = setTimeout(() => this.start(), RESTART_AFTER);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** @param signal `SIGUSR1`: HAProxy ends when its connections have @param withinMs after which it is killed */
  async stop(signal: "SIGTERM" | "SIGUSR1" = "SIGTERM", withinMs = STOP_WITHIN): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const child = this.child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    const kill = setTimeout(() => child.kill("SIGKILL"), withinMs);
    await gone;
    clearTimeout(kill);
  }
}
