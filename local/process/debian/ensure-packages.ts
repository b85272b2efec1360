import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import * as path from "node:path";

/** Where Debian puts what the stack runs; `sbin` is in nobody's PATH but root's. */
const PROGRAM_FOLDERS = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/** Where a program lies, looking through PATH and Debian's own folders; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), ...PROGRAM_FOLDERS];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

/** What a stack on this machine is made of beside Node.js: a real CA, and the fronts' server. */
export const STACK_PACKAGES: Readonly<Record<string, string>> = { pebble: "pebble", haproxy: "haproxy" };

/**
 * Installs the Debian packages whose program is missing: as root, or through a sudo that asks no password.
 * @param packages the program that shows a package is there, by package name
 * @throws Error that names the one command to run, where this machine cannot be helped automatically
 */
export function ensurePackages(packages: Readonly<Record<string, string>>): void {
  const missing = Object.keys(packages).filter((name) => findProgram(packages[name] ?? name) === undefined);
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const asRoot = rootPrefix();
  if (asRoot === undefined || findProgram("apt-get") === undefined) {
    throw new Error(`Missing: ${missing.join(", ")}. On Debian run this, then try again:\n  sudo ${install}`);
  }
  const run = (command: string) => {
    const [program = "", ...args] = [...asRoot, ...command.split(" ")];
    return spawnSync(program, args, {
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  };
  // A fresh machine has no package lists yet; one with old lists asks for files the mirror no longer has.
  let result = run(install);
  if (result.status !== 0) {
    run("apt-get -qq update");
    result = run(install);
  }
  if (result.status !== 0) throw new Error(`\`${install}\` failed:\n${result.stderr}`);
}

/** What to put before a command that needs the superuser; undefined: there is no way without asking. */
function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram("sudo");
  if (sudo === undefined) return undefined;
  try {
    execFileSync(sudo, ["-n", "true"], { stdio: "ignore" });
    return [sudo, "-n", "--preserve-env=DEBIAN_FRONTEND"];
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
