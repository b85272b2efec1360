import { readFileSync } from "node:fs";
import * as path from "node:path";

/** Of the package that this command belongs to. */
export const VERSION: string = (
  JSON.parse(readFileSync(path.join(__dirname, "..", "package.json"), "utf8")) as { version: string }
).version;
