import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findProgram } from "../../local/process/debian/ensure-packages";
import type { Available } from "../../testing/left-out";
import { cachedFolder, ROOT } from "./cached";

/** Programs that build from Go modules, each pinned with sums by `proof/go/<name>/`, with the package that holds its main. */
const PACKAGES = {
  pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  // The last version that lies in the SDK's own module; it serves newer engines.
  "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
  "step-ca": "github.com/smallstep/certificates/cmd/step-ca",
  h2spec: "github.com/summerwind/h2spec/cmd/h2spec",
} as const;
export type GoProgram = keyof typeof PACKAGES;

/** A build that takes longer is stuck: the engine took 25 minutes beside other work. */
const BUILD_MS = 40 * 60_000;

const HOW_TO_GET_GO =
  "Go is not installed; 1.21 or later is enough (`apt-get install golang-go` on Debian 13, or https://go.dev/dl/).";

/** The built program's path; built now where it is not in the cache, or why it cannot be had. */
export function goProgram(name: GoProgram): Available<{ readonly program: string }> {
  const module = path.join(ROOT, "proof", "go", name);
  const pins = ["go.mod", "go.sum"].map((file) => fs.readFileSync(path.join(module, file), "utf8"));
  try {
    const folder = cachedFolder(name, pins, (target) => build(module, PACKAGES[name], path.join(target, name)));
    return { program: path.join(folder, name) };
  } catch (error) {
    if (error instanceof NoGo) return { unavailable: `${name} is built from source, and ${HOW_TO_GET_GO}` };
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return { unavailable: `${name} could not be built: ${said.split("\n").slice(-3).join(" ")}` };
  }
}

class NoGo extends Error {}

function build(module: string, packagePath: string, target: string): void {
  const go = findProgram("go") ?? ["/usr/local/go/bin/go"].find((file) => fs.existsSync(file));
  if (go === undefined) throw new NoGo();
  process.stderr.write(`building ${path.basename(target)} from Go modules, once\n`);
  execFileSync(go, ["build", "-trimpath", "-mod=readonly", "-o", target, packagePath], {
    cwd: module,
    // An older Go fetches the newer one that a module asks for, as a module too.
    env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "-buildvcs=false" },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: BUILD_MS,
  });
}
