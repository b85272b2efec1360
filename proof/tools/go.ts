import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findProgram } from "../../local/process/debian/ensure-packages";
import type { Available } from "../../testing/left-out";
import { cachedFolder, ROOT } from "./cached";

/** A program that builds from Go modules: the package that holds its main, and who pins its module with sums. */
interface Source {
  readonly from: string;
  /** Folder of `proof/go/`; absent: the program's own name. */
  readonly pinnedIn?: string;
  /** A file beside the package that must lie beside the program. */
  readonly script?: string;
}

const HOSTS = "github.com/pulumi/pulumi/sdk/v3";
const SOURCES = {
  pulumi: { from: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  // The last version whose hosts lie in the SDK's own module; they serve newer engines.
  "pulumi-language-nodejs": { from: `${HOSTS}/nodejs/cmd/pulumi-language-nodejs` },
  "pulumi-language-python": {
    from: `${HOSTS}/python/cmd/pulumi-language-python`,
    pinnedIn: "pulumi-language-nodejs",
    script: "pulumi-language-python-exec",
  },
  "pulumi-language-yaml": { from: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml" },
  // Ours: the engine's generator of Python packages, which newer Python hosts bring.
  "python-sdk": { from: "./python-sdk", pinnedIn: "pulumi" },
  "step-ca": { from: "github.com/smallstep/certificates/cmd/step-ca" },
  h2spec: { from: "github.com/summerwind/h2spec/cmd/h2spec" },
} satisfies Record<string, Source>;
export type GoProgram = keyof typeof SOURCES;

/** A build that takes longer is stuck: the engine took 25 minutes beside other work. */
const BUILD_MS = 40 * 60_000;

const HOW_TO_GET_GO =
  "Go is not installed; 1.21 or later is enough (`apt-get install golang-go` on Debian 13, or https://go.dev/dl/).";

/** The built program's path; built now where it is not in the cache, or why it cannot be had. */
export function goProgram(name: GoProgram): Available<{ readonly program: string }> {
  const source: Source = SOURCES[name];
  const module = path.join(ROOT, "proof", "go", source.pinnedIn ?? name);
  const own = source.from.startsWith("./") ? [path.join(source.from, "main.go")] : [];
  const pins = ["go.mod", "go.sum", ...own].map((file) => fs.readFileSync(path.join(module, file), "utf8"));
  try {
    const folder = cachedFolder(name, pins, (target) => build(module, source, path.join(target, name)));
    return { program: path.join(folder, name) };
  } catch (error) {
    if (error instanceof NoGo) return { unavailable: `${name} is built from source, and ${HOW_TO_GET_GO}` };
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return { unavailable: `${name} could not be built: ${said.split("\n").slice(-3).join(" ")}` };
  }
}

class NoGo extends Error {}

function build(module: string, { from, script }: Source, target: string): void {
  const go = findProgram("go") ?? ["/usr/local/go/bin/go"].find((file) => fs.existsSync(file));
  if (go === undefined) throw new NoGo();
  process.stderr.write(`building ${path.basename(target)} from Go modules, once\n`);
  const run = (...args: string[]) =>
    execFileSync(go, args, {
      cwd: module,
      // An older Go fetches the newer one that a module asks for, as a module too.
      env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "-buildvcs=false" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: BUILD_MS,
      encoding: "utf8",
    });
  run("build", "-trimpath", "-mod=readonly", "-o", target, from);
  if (script === undefined) return;
  const copy = path.join(path.dirname(target), script);
  fs.copyFileSync(path.join(run("list", "-f", "{{.Dir}}", from).trim(), "..", script), copy);
  // Modules are kept read-only.
  fs.chmodSync(copy, 0o755);
}
