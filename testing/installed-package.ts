import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";

const ROOT = path.join(__dirname, "..");
const run = promisify(execFile);

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A Pulumi project in a folder of its own, with the package that `npm pack` makes here installed as npm would: unpacked under `node_modules/`, its command in
 * `node_modules/.bin/`. What it says that it depends on is linked from the repository, and nothing else, so that no network is needed and nothing
 * undeclared is found; or npm does it all, from its registry.
 */
export class InstalledPackage {
  readonly folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-installed-"));
  readonly home = path.join(this.folder, "node_modules", "certfront");

  /** @param others packages that the project itself has, such as a compiler @param registry let npm install; it needs the network */
  async install(others: readonly string[], registry: boolean): Promise<void> {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", this.folder], { cwd: ROOT });
    const tarball = `./${/"filename": "([^"]+\.tgz)"/.exec(stdout)?.[1]}`;
    if (registry) {
      await run("npm", ["install", "--no-audit", "--no-fund", tarball, ...others.map(asHere)], { cwd: this.folder });
      return;
    }
    fs.mkdirSync(this.home, { recursive: true });
    await run("tar", ["-xzf", path.join(this.folder, tarball), "-C", this.home, "--strip-components=1"]);
    const { dependencies, peerDependencies, bin } = this.manifest();
    const needed = [...Object.keys(dependencies), ...Object.keys(peerDependencies), ...others];
    for (const name of needed) this.link(path.join(ROOT, "node_modules", name), name);
    for (const [name, file] of Object.entries(bin)) this.link(path.join(this.home, file), path.join(".bin", name));
  }

  manifest() {
    return JSON.parse(fs.readFileSync(path.join(this.home, "package.json"), "utf8")) as {
      readonly private?: boolean;
      readonly version: string;
      readonly license: string;
      readonly dependencies: Readonly<Record<string, string>>;
      readonly peerDependencies: Readonly<Record<string, string>>;
      readonly bin: Readonly<Record<string, string>>;
    };
  }

  write(file: string, content: string): void {
    const target = path.join(this.folder, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
  }

  /** What AWS would answer, for Pulumi's mocks, as a module of one file. */
  writeAwsAnswers(file: string): void {
    buildSync({
      entryPoints: [path.join(ROOT, "testing", "aws-answers.ts")],
      outfile: path.join(this.folder, file),
      bundle: true,
      platform: "node",
      packages: "external",
      logLevel: "error",
    });
  }

  /** Runs a program of the project; never throws for an exit code. */
  async run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Said> {
    const options = { cwd: this.folder, env: { ...process.env, NODE_OPTIONS: "", ...env }, maxBuffer: 1 << 26 };
    try {
      return { code: 0, ...(await run(program, [...args], options)) };
    } catch (error) {
      const { code, stdout, stderr } = error as Said;
      return { code, stdout, stderr };
    }
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private link(target: string, name: string): void {
    const link = path.join(this.folder, "node_modules", name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(target, link);
  }
}

/** The version that is here: the options of a test are a compiler's. */
function asHere(name: string): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, "node_modules", name, "package.json"), "utf8"));
  return `${name}@${version}`;
}
