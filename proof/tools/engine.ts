import * as path from "node:path";
import { findProgram } from "../../local/process/debian/ensure-packages";
import type { Available } from "../../testing/left-out";
import { goProgram } from "./go";

/** Folders with `pulumi` and the language host of Node.js: an installed Pulumi's own, or built from Go modules. */
export function engine(): Available<{ readonly folders: readonly string[] }> {
  const installed = findProgram("pulumi");
  if (installed !== undefined) return { folders: [path.dirname(installed)] };
  const pulumi = goProgram("pulumi");
  if ("unavailable" in pulumi) return pulumi;
  const host = goProgram("pulumi-language-nodejs");
  if ("unavailable" in host) return host;
  return { folders: [pulumi, host].map(({ program }) => path.dirname(program)) };
}
