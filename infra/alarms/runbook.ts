import { readFileSync } from "node:fs";
import * as path from "node:path";

/** What package.json says of where certfront comes from. */
export interface Origin {
  readonly version: string;
  readonly repository?: string | { readonly url: string };
}

/** The page that has a chapter for each alarm, in the repository and in the package. */
const PAGE = "docs/operations.md";

/**
 * Where the runbook of this very version is read: in the repository that package.json names, where that is one whose addresses are known, else the file's name
 * with the version whose file it is.
 * @param chapter an alarm's key
 */
export function runbookOf({ version, repository }: Origin, chapter: string): string {
  const address = typeof repository === "string" ? repository : repository?.url;
  const found = /^(?:git\+)?(https:\/\/(?:github|gitlab)\.com\/[\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(address ?? "");
  return found ? `${found[1]}/blob/v${version}/${PAGE}#${chapter}` : `${PAGE}#${chapter} (certfront ${version})`;
}

/** Of what runs here. */
export const ORIGIN = JSON.parse(readFileSync(path.join(__dirname, "..", "..", "package.json"), "utf8")) as Origin;
