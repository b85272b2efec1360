import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { CertfrontError } from "../../core/base/errors";
import type { FrontSettings } from "../../front/settings";
import { localFrontSettings } from "../aws/differences";
import { startInstanceMetadata } from "../aws/instance-metadata";
import { findProgram } from "../process/debian/ensure-packages";
import { freePorts } from "../process/parts/free-port";
import { Unit } from "../process/unit";

export interface FrontOptions {
  /** `front-1`. */
  readonly name: string;
  readonly instanceId: string;
  readonly role: string;
  readonly region: string;
  /** As the launch template has it: base64, perhaps gzip inside. */
  readonly userData: string;
  /** Everything of this front lies here. */
  readonly directory: string;
  readonly awsEndpoint: string;
  readonly log: (line: string) => void;
}

/** A front that runs: real HAProxy and the real agent, each started again when it ends, as systemd does on an instance. */
export interface Front {
  readonly name: string;
  readonly settings: FrontSettings;
  haproxyPid(): number | undefined;
  agentPid(): number | undefined;
  /** As an instance that leaves its target groups: what it has begun to answer it finishes. */
  retire(): Promise<void>;
  stop(): Promise<void>;
}

/** ms that a front which leaves may take to answer what it has begun. */
const DRAINS = 20_000;

const run = promisify(execFile);

/**
 * Does what an instance does with its user data: takes the files out of it, fetches the agent's bundle with the instance's
 * role, lets the agent write HAProxy's configuration, and starts both. What differs is in `differences.ts`.
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { directory, name } = options;
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = filesOf(options.userData);
  const ports = await freePorts(3);
  const settings = localFrontSettings(JSON.parse(find(files, "front.json")) as FrontSettings, {
    name,
    directory,
    ports,
  });
  const metadata = await startInstanceMetadata(options);
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: "production",
    AWS_ENDPOINT_URL: options.awsEndpoint,
    AWS_ENDPOINT_URL_S3: options.awsEndpoint,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint,
  };
  try {
    const settingsFile = write(directory, "front.json", JSON.stringify(settings, undefined, 2));
    const agent = await fetchAgent(files, directory, env);
    await run(process.execPath, [agent, "configure", settingsFile], { env, cwd: directory });
    const unit = (part: string, command: string, args: string[]) =>
      new Unit({
        name: `${name} ${part}`,
        command,
        args,
        env,
        cwd: directory,
        logFile: path.join(directory, `${part}.log`),
        onExit: (how) => options.log(`${name}: ${part} ended (${how}) and is started again`),
      });
    const haproxy = unit("haproxy", findProgram("haproxy") ?? "haproxy", ["-W", "-db", "-f", settings.haproxyConfig]);
    const certfrontAgent = unit("agent", process.execPath, ["--enable-source-maps", agent, "run", settingsFile]);
    haproxy.start();
    certfrontAgent.start();
    const stop = async (haproxyStops: Promise<void>) => {
      await Promise.all([haproxyStops, certfrontAgent.stop()]);
      await metadata.close();
    };
    return {
      name,
      settings,
      haproxyPid: () => haproxy.pid,
      agentPid: () => certfrontAgent.pid,
      retire: () => stop(haproxy.stop("SIGUSR1", DRAINS)),
      stop: () => stop(haproxy.stop()),
    };
  } catch (error) {
    await metadata.close();
    throw error;
  }
}

/** Runs the program from the user data that fetches the bundle and checks its hash; only its target is moved. */
async function fetchAgent(
  files: ReadonlyMap<string, string>,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const program = write(directory, "fetch-bundle.js", find(files, "fetch-bundle.js"));
  const target = path.join(directory, "agent.js");
  const bundle = JSON.parse(find(files, "bundle.json")) as Record<string, unknown>;
  await run(process.execPath, [program, write(directory, "bundle.json", JSON.stringify({ ...bundle, path: target }))], {
    env,
  });
  return target;
}

/** The files that cloud-init would write (`write_files`), by path. */
function filesOf(userData: string): ReadonlyMap<string, string> {
  const raw = Buffer.from(userData, "base64");
  const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString();
  const document = parse(text) as { write_files?: readonly CloudInitFile[] };
  return new Map((document.write_files ?? []).map((file) => [file.path, contentOf(file)]));
}

interface CloudInitFile {
  readonly path: string;
  readonly content: string;
  readonly encoding?: string;
}

function contentOf({ content, encoding = "" }: CloudInitFile): string {
  if (!/b64|base64/.test(encoding)) return content;
  const raw = Buffer.from(content, "base64");
  return (/^gz/.test(encoding) ? gunzipSync(raw) : raw).toString();
}

function find(files: ReadonlyMap<string, string>, name: string): string {
  for (const [at, content] of files) if (path.basename(at) === name) return content;
  throw new CertfrontError(`The instances' user data writes no ${name}.`, {
    code: "LOCAL_RESOURCE",
    advice: "front/cloud-init.ts says what user data holds; local/fronts/front.ts reads it.",
  });
}

function write(directory: string, name: string, content: string): string {
  const file = path.join(directory, name);
  fs.writeFileSync(file, content, { mode: 0o600 });
  return file;
}
