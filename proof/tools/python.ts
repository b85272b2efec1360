import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findProgram } from "../../local/process/debian/ensure-packages";
import type { Available } from "../../testing/left-out";
import { cachedFolder, ROOT } from "./cached";

/** What the checkers need of Python: the versions that the pinned packages support. */
const OLDEST = [3, 10] as const;
const INSTALL_MS = 20 * 60_000;

/**
 * The folder with the programs of a virtual environment that holds `proof/requirements.txt` (`python`, `cfn-lint`, `moto_server`,
 * `sslyze`), made now where it is not in the cache; or why it cannot be had.
 */
export function pythonTools(): Available<{ readonly bin: string }> {
  const python = findProgram("python3");
  if (python === undefined || !isRecent(python)) {
    return { unavailable: `Python ${OLDEST.join(".")} or later with venv is missing (apt-get install python3-venv).` };
  }
  const requirements = path.join(ROOT, "proof", "requirements.txt");
  try {
    const folder = cachedFolder("python", [fs.readFileSync(requirements, "utf8")], (target) => {
      process.stderr.write("installing the Python checkers, once\n");
      const run = (program: string, ...args: string[]) =>
        execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"], timeout: INSTALL_MS });
      run(python, "-m", "venv", target);
      run(path.join(target, "bin", "python"), "-m", "pip", "install", "-q", "--no-deps", "-r", requirements);
    });
    return { bin: path.join(folder, "bin") };
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return { unavailable: `The Python checkers could not be installed: ${said.split("\n").slice(-3).join(" ")}` };
  }
}

function isRecent(python: string): boolean {
  const program = "import sys, venv; print(*sys.version_info[:2])";
  try {
    const [major = 0, minor = 0] = execFileSync(python, ["-c", program], { encoding: "utf8" }).split(" ").map(Number);
    return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  } catch {
    return false; // no venv module
  }
}
