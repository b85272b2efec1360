import { spawn, spawnSync } from "node:child_process";
import { findProgram } from "../../local/process/debian/ensure-packages";
import { quoted } from "../client/client";

/** What a client of the lab sees differently from the rest of this machine. */
export interface Sandbox {
  /** Takes the place of /etc/hosts. */
  readonly hosts: string;
  /** Takes the place of /etc/ssl/certs/ca-certificates.crt, for clients that know no other place. */
  readonly systemCas?: string | undefined;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined: it was ended, because it did not end by itself. */
  readonly exitCode: number | undefined;
}

/** Characters kept of each stream. */
const MOST_OUTPUT = 100_000;
const SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt";

/** `unshare` with what it needs here: a mount namespace, for others a user namespace too. */
const UNSHARE = process.getuid?.() === 0 ? ["-m"] : ["-r", "-m"];

/** Why clients cannot be given names and CAs of their own here; undefined: they can. */
export function sandboxProblem(): string | undefined {
  const unshare = findProgram("unshare");
  if (unshare === undefined) return "unshare (package util-linux) is missing";
  const tried = spawnSync(unshare, [...UNSHARE, "true"], { encoding: "utf8" });
  return tried.status === 0 ? undefined : `unshare ${UNSHARE.join(" ")} is refused here: ${tried.stderr.trim()}`;
}

/** The command with the sandbox around it, as a person would type it. */
export function inSandbox(command: string, { hosts, systemCas }: Sandbox): string[] {
  const mounts = [
    `mount --bind ${quoted(hosts)} /etc/hosts`,
    ...(systemCas ? [`mount --bind ${quoted(systemCas)} ${SYSTEM_CAS}`] : []),
  ];
  return ["unshare", ...UNSHARE, "sh", "-c", `${mounts.join(" && ")} && { ${command}; }`];
}

/**
 * Runs a command in the sandbox, to its end or `within` ms.
 * @param environment all of it
 */
export function runIn(
  sandbox: Sandbox,
  command: string,
  options: { readonly cwd: string; readonly environment: Readonly<Record<string, string>>; readonly within: number },
): Promise<Ran> {
  const [program = "", ...args] = inSandbox(command, sandbox);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what it starts ends with it.
      detached: true,
    });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        if (said[stream].length < MOST_OUTPUT) said[stream] += text;
      });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, options.within);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ ...said, exitCode: late ? undefined : (code ?? 128 + (signal ? 1 : 0)) });
    });
  });
}
