import * as fs from "node:fs/promises";
import * as path from "node:path";

let counter = 0;

/**
 * Replaces a file as a whole: whoever reads it sees the old or the new contents, never a part. Owner-only, as most hold keys.
 * Not flushed to the disk at once: what a power cut damages is found by its hash and fetched again (tenant-files.ts).
 */
export async function writeAtomic(file: string, contents: string, mode = 0o600): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${process.pid}.${counter++}.new`);
  try {
    await fs.writeFile(temporary, contents, { mode, flag: "wx" });
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/** undefined when there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
