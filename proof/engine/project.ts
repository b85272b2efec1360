import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { buildSync } from "esbuild";
import { type Child, startChild } from "../../local/process/parts/child";
import { ROOT } from "../tools/cached";
import type { Call, World } from "./stand-in-cloud";

/** How one command ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProjectOptions {
  /** Folders with `pulumi` and its language hosts. */
  readonly programs: readonly string[];
  readonly world?: World;
}

/** No command of the engine takes longer on a machine that is merely busy. */
const COMMAND_MS = 15 * 60_000;
const START_MS = 2 * 60_000;
/** What lies in the repository's root and belongs to no stack. */
const NOT_OURS = /^(\.git|\.local|\.cache|Pulumi\..*yaml)$/;

/**
 * The repository as a Pulumi project of its own in a temporary folder (everything is a link; stack files are its own), with state in
 * files and the stand-in in the providers' place.
 */
export class PulumiProject {
  readonly folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-pulumi-"));
  /** The repository's files; stack files are written here. */
  readonly root = path.join(this.folder, "certfront");
  private readonly cloud = path.join(this.folder, "cloud");
  readonly state = path.join(this.folder, "state");
  private readonly asked: Call[] = [];

  constructor(private readonly options: ProjectOptions) {
    for (const folder of [this.root, this.cloud, this.state]) fs.mkdirSync(folder);
    for (const entry of fs.readdirSync(ROOT).filter((name) => !NOT_OURS.test(name))) {
      fs.symlinkSync(path.join(ROOT, entry), path.join(this.root, entry));
    }
    fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(this.root, "Pulumi.yaml"));
    if (options.world) this.setWorld(options.world);
    this.writeProviders(path.join(this.folder, "bin"));
  }

  /** From here on, AWS answers so. */
  setWorld(world: World): void {
    fs.writeFileSync(path.join(this.cloud, "world.json"), JSON.stringify(world));
  }

  /** Runs a line of shell in the project, as a person types it. Never throws for an exit code. */
  run(line: string, env: NodeJS.ProcessEnv = {}, cwd = this.root): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn("bash", ["-c", line], {
        cwd,
        env: { ...this.env(), ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const said = { stdout: "", stderr: "" };
      child.stdout.on("data", (text: Buffer) => (said.stdout += text));
      child.stderr.on("data", (text: Buffer) => (said.stderr += text));
      const timer = setTimeout(() => child.kill("SIGINT"), COMMAND_MS);
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code: code ?? -1, ...said });
      });
    });
  }

  /** Starts a command that goes on until it is stopped, and waits until it says what is waited for. */
  start(line: string, env: NodeJS.ProcessEnv, ready: (output: string) => boolean): Promise<Child> {
    return startChild("bash", ["-c", `exec ${line}`], {
      cwd: this.root,
      env: { ...this.env(), ...env },
      ready,
      readyWithin: START_MS,
    });
  }

  /** What the providers were asked since the last look. */
  takeCalls(): Call[] {
    const file = path.join(this.cloud, "calls.jsonl");
    if (!fs.existsSync(file)) return [];
    const calls = fs.readFileSync(file, "utf8").split("\n").filter(Boolean);
    fs.rmSync(file);
    const taken = calls.map((line) => JSON.parse(line) as Call);
    this.asked.push(...taken);
    return taken;
  }

  /** What the providers were asked since the project is there. */
  everyCall(): readonly Call[] {
    this.takeCalls();
    return this.asked;
  }

  /** An object of the bucket whose name begins so. */
  object(bucketStart: string, key: string): string {
    const buckets = path.join(this.cloud, "buckets");
    const bucket = fs.readdirSync(buckets).find((name) => name.startsWith(bucketStart));
    return fs.readFileSync(path.join(buckets, bucket ?? "", key), "utf8");
  }

  /** Everything that the engine keeps of the stack, and the stack's own files. */
  texts(): string[] {
    return [this.state, this.root].flatMap(textsBelow);
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Nothing of this machine's own AWS or Pulumi settings. */
  private env(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|PULUMI_|CI$|CERTFRONT_)/.test(name));
    return {
      ...Object.fromEntries(kept),
      PATH: [path.join(this.folder, "bin"), ...this.options.programs, process.env.PATH].join(path.delimiter),
      PULUMI_HOME: path.join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${this.state}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // In a person's place, who answers "yes".
      PULUMI_SKIP_CONFIRMATIONS: "true",
      // A language host of before 3.69 is not told the project's folder.
      PULUMI_NODEJS_ROOT_DIRECTORY: this.root,
      // Types are checked by a run that says so: each check costs as much as the rest of the run.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      STAND_IN_FOLDER: this.cloud,
    };
  }

  private writeProviders(bin: string): void {
    fs.mkdirSync(bin);
    const program = path.join(bin, "stand-in.js");
    buildSync({
      entryPoints: [path.join(ROOT, "proof", "engine", "stand-in.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      target: "node20",
      logLevel: "error",
    });
    for (const name of ["aws", "tls"]) {
      const { version } = JSON.parse(
        fs.readFileSync(path.join(ROOT, "node_modules", "@pulumi", name, "package.json"), "utf8"),
      ) as { version: string };
      const script = `#!/bin/sh\nSTAND_IN_VERSION=${version} exec "${process.execPath}" "${program}" "$@"\n`;
      fs.writeFileSync(path.join(bin, `pulumi-resource-${name}`), script, { mode: 0o755 });
    }
  }
}

/** All files below a folder, as text. */
function textsBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"));
}
