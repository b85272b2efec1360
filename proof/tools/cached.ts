import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** The repository's root. */
export const ROOT = path.join(__dirname, "..", "..");

/** ms after which nobody makes a folder any more: each maker has a limit of its own, below this. */
const LONGEST_MAKE_MS = 2 * 3_600_000;

/**
 * A folder under `.cache/proof/` whose content follows from `pins` alone; made once, kept until a pin changes. It gets its name when it
 * is whole, so a run that is killed in the middle leaves nothing that the next one takes, and two may make it at once: both take the
 * one that was whole first.
 * @param make fills the folder that it is given; what it throws leaves nothing behind
 */
export function cachedFolder(
  name: string,
  pins: readonly string[],
  make: (folder: string) => void,
  cache = path.join(ROOT, ".cache", "proof"),
): string {
  const hash = createHash("sha256").update(JSON.stringify(pins)).digest("hex").slice(0, 12);
  const folder = path.join(cache, `${name}-${hash}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(cache, { recursive: true });
  removeAbandoned(cache, path.basename(folder));
  const own = fs.mkdtempSync(`${folder}.`);
  try {
    make(own);
    // A link with the name, instead of a move: a Python environment knows its own path.
    fs.symlinkSync(path.basename(own), folder);
  } catch (error) {
    fs.rmSync(own, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !fs.existsSync(folder)) throw error;
  }
  return folder;
}

/** What was left in the middle: folders of runs that were killed, and the name of one whose content is gone. */
function removeAbandoned(cache: string, name: string): void {
  for (const entry of fs.readdirSync(cache).filter((one) => one === name || one.startsWith(`${name}.`))) {
    const file = path.join(cache, entry);
    const isDangling = entry === name && !fs.existsSync(file);
    if (isDangling || Date.now() - fs.lstatSync(file).mtimeMs > LONGEST_MAKE_MS)
      fs.rmSync(file, { recursive: true, force: true });
  }
}
