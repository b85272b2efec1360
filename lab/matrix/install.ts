import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { ensurePackages, findProgram } from "../../local/process/debian/ensure-packages";
import type { Client } from "../client/client";

/** A client that can be run here. */
export interface Installed {
  readonly version: string;
  /** Added to the environment of its commands. */
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = path.join(__dirname, "..", "..");
const HOME = path.join(ROOT, ".cache", "lab");
const PROGRAMS = path.join(ROOT, "lab", "client", "programs");

/** Makes a client ready, from its registry where it is missing. Where that cannot be: why not, in a sentence. */
export function install({ source }: Client): Installed | { readonly unavailable: string } {
  try {
    switch (source.from) {
      case "debian":
        return fromDebian(source);
      case "npm":
        return { version: npmVersion(source.package), environment: {} };
      case "python":
        return fromPython(source);
      case "maven":
        return fromMaven(source);
    }
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    const said = String(stderr ?? "").trim() || message;
    return { unavailable: `it could not be installed: ${said.split("\n").slice(-3).join(" ")}` };
  }
}

function fromDebian({ packages, program }: { packages: readonly string[]; program: string }): Installed {
  const there = path.isAbsolute(program) ? fs.existsSync(program) : findProgram(program) !== undefined;
  if (!there) ensurePackages(Object.fromEntries(packages.map((name) => [name, program])));
  const status = run("dpkg-query", ["-s", packages[0] ?? ""]);
  return { version: /^Version: (.*)$/m.exec(status)?.[1] ?? "of unknown version", environment: {} };
}

function npmVersion(name: string): string {
  const manifest: unknown = JSON.parse(fs.readFileSync(path.join(ROOT, "node_modules", name, "package.json"), "utf8"));
  return String((manifest as { version?: unknown }).version);
}

function fromPython({ folder, requirements }: { folder: string; requirements: readonly string[] }): Installed {
  const target = path.join(HOME, folder);
  complete(target, (draft) => {
    run(findProgram("python3") ?? "python3", ["-m", "venv", draft]);
    run(path.join(draft, "bin", "python3"), ["-m", "pip", "--quiet", "install", ...requirements]);
  });
  const bin = path.join(target, "bin");
  const [name = ""] = (requirements[0] ?? "").split("==");
  const version = run(path.join(bin, "python3"), ["-c", `import importlib.metadata as m; print(m.version("${name}"))`]);
  return { version: version.trim(), environment: { PATH: `${bin}:/usr/bin:/bin` } };
}

function fromMaven({ folder, artifact }: { folder: string; artifact: string }): Installed {
  const [, name = "", version = ""] = artifact.split(":");
  const target = path.join(HOME, folder);
  complete(target, (draft) => {
    fs.mkdirSync(draft, { recursive: true });
    fs.copyFileSync(path.join(PROGRAMS, `pom-${name}.xml`), path.join(draft, "pom.xml"));
    run("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${path.join(draft, "jars")}`], draft);
  });
  const classes = `${target}:${target}/jars/*`;
  const sources = ["Account", name === "opendap" ? "ReadOpendap" : "ReadNetcdf"];
  run("javac", ["-cp", classes, "-d", target, ...sources.map((one) => path.join(PROGRAMS, `${one}.java`))]);
  return { version, environment: { LAB_CLASSES: classes } };
}

/** Makes a folder once; a run that was ended in the middle leaves none. A virtual environment does not survive a move, so a mark says that it is whole. */
function complete(folder: string, make: (folder: string) => void): void {
  const mark = path.join(folder, ".complete");
  if (fs.existsSync(mark)) return;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  make(folder);
  fs.writeFileSync(mark, "");
}

/** ms that one step of an installation may take: numpy alone took five minutes on a busy machine. */
const PATIENCE = 15 * 60_000;

function run(command: string, args: readonly string[], cwd = ROOT): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", timeout: PATIENCE, stdio: ["ignore", "pipe", "pipe"] });
}
