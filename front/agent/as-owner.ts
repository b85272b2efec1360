import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";
import type { FrontSettings } from "../settings";

/** First argument of the agent's program when it works for root in its own folder. */
export const PREPARE = "prepare";

/** The owner of the agent's folder, where that is somebody else and this is root; else undefined. */
export async function otherOwner(directory: string): Promise<{ uid: number; gid: number } | undefined> {
  const { uid, gid } = await fs.stat(directory);
  return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
}

/**
 * Runs this program's `prepare` with the rights of the folder's owner and no more: the agent owns its folder, so root must follow no
 * link in it, nor write what a link there points at. A process of its own, as Node.js does not change the user of one that runs.
 * @returns what it printed: data of another user, to be checked
 */
export async function prepareAs(owner: { uid: number; gid: number }, settings: FrontSettings): Promise<string> {
  const [program = ""] = process.argv.slice(1);
  const { stdout } = await promisify(execFile)(process.execPath, [program, PREPARE, JSON.stringify(settings)], {
    ...owner,
    cwd: "/",
    maxBuffer: 256 << 20,
  });
  return stdout;
}
