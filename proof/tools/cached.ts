import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** The repository's root. */
export const ROOT = path.join(__dirname, "..", "..");

/**
 * A folder under `.cache/proof/` whose content follows from `pins` alone; made once, kept until a pin changes. It gets its name when it
 * is whole, so two runs may make it at once: both take the one that was whole first.
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
