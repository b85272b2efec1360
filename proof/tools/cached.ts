import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** The repository's root. */
export const ROOT = path.join(__dirname, "..", "..");

/**
 * A folder under `.cache/proof/` whose content follows from `pins` alone; made once, kept until a pin changes.
 * @param make fills the folder that it is given; what it throws leaves nothing behind
 */
export function cachedFolder(name: string, pins: readonly string[], make: (folder: string) => void): string {
  const hash = createHash("sha256").update(JSON.stringify(pins)).digest("hex").slice(0, 12);
  const folder = path.join(ROOT, ".cache", "proof", `${name}-${hash}`);
  const complete = path.join(folder, ".complete");
  if (fs.existsSync(complete)) return folder;
  // Not made elsewhere and moved: a Python environment knows its own path.
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  try {
    make(folder);
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  fs.writeFileSync(complete, "");
  return folder;
}
