import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { CertfrontError } from "../../core/base/errors";
import { OPERATOR, staticAddress } from "../aws/differences";
import type { LocalCloud } from "../engine/cloud";
import type { Program } from "../engine/engine";
import type { Properties } from "../engine/wire";
import type { Front } from "../fronts/front";
import { isAlive } from "../process/is-alive";
import type { Stops } from "../process/stops";

/** `.local/endpoints.json`: all that another program needs to use or test the running stack from outside. */
export interface Endpoints {
  /** Of the running `npm start`. */
  readonly pid: number;
  /** `host:port`, the first of the static addresses. */
  readonly loadBalancer: { readonly http: string; readonly https: string };
  readonly fronts: readonly {
    readonly name: string;
    readonly http: string;
    readonly https: string;
    readonly health: string;
    readonly haproxyPid: number | undefined;
    readonly agentPid: number | undefined;
    /** HAProxy's run-time API. */
    readonly socket: string;
  }[];
  readonly dynamodb: { readonly endpoint: string; readonly table: string };
  /** `root` is a PEM file: what certificates chain to; `management` is Pebble's. */
  readonly acme: { readonly directory: string; readonly management?: string; readonly root: string };
  /** `host:port`, UDP and TCP. */
  readonly dns: string;
  /** Where that DNS is told what to answer. */
  readonly dnsManagement: string;
  readonly lambda: string;
  readonly cloudwatch: string;
  readonly console: string;
  /** Identity that stands for a person's own AWS credentials. */
  readonly operator: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Its configuration; what is edited in it takes effect. */
  readonly stackFile: string;
  /** The program's stack outputs. */
  readonly outputs: Properties;
}

const FILE = "endpoints.json";

/** Puts together what the parts say of themselves. */
export function describeEndpoints(parts: {
  readonly directory: string;
  readonly cloud: Pick<LocalCloud, "fronts" | "endpoint">;
  readonly ca: Pick<Endpoints["acme"], "directory" | "management">;
  readonly dns: { readonly server: string; readonly management: string };
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly table: string;
  readonly page: { readonly url: string };
  readonly program: Pick<Program, "outputs">;
  readonly stackFile: string;
}): Endpoints {
  const { cloud, ca } = parts;
  return {
    pid: process.pid,
    loadBalancer: balancerEndpoints(parts),
    fronts: cloud.fronts.map(frontEndpoints),
    dynamodb: { endpoint: cloud.endpoint, table: parts.table },
    acme: {
      directory: ca.directory,
      ...(ca.management !== undefined && { management: ca.management }),
      root: path.join(parts.directory, "root.pem"),
    },
    dns: parts.dns.server,
    dnsManagement: parts.dns.management,
    lambda: cloud.endpoint,
    cloudwatch: cloud.endpoint,
    console: parts.page.url,
    operator: { ...OPERATOR },
    stackFile: parts.stackFile,
    outputs: parts.program.outputs,
  };
}

/** The first of the static addresses. */
function balancerEndpoints(ports: {
  readonly httpPort: number;
  readonly httpsPort: number;
}): Endpoints["loadBalancer"] {
  const host = staticAddress(0);
  return { http: `${host}:${ports.httpPort}`, https: `${host}:${ports.httpsPort}` };
}

function frontEndpoints({ name, settings, haproxyPid, agentPid }: Front): Endpoints["fronts"][number] {
  return {
    name,
    http: `${settings.bind}:${settings.httpPort}`,
    https: `${settings.bind}:${settings.httpsPort}`,
    health: `http://${settings.bind}:${settings.healthPort}/healthz`,
    haproxyPid: haproxyPid(),
    agentPid: agentPid(),
    socket: settings.socket,
  };
}

/** What a CA of one's own must know before the stack can go on: where it validates names. The rest follows once the stack is up. */
export function publishFoundation(
  directory: string,
  parts: { readonly dns: string; readonly httpPort: number; readonly httpsPort: number },
): void {
  const known = { pid: process.pid, dns: parts.dns, loadBalancer: balancerEndpoints(parts) };
  write(path.join(directory, FILE), JSON.stringify(known, undefined, 2));
}

function write(file: string, text: string): void {
  fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

/** ms between two looks at whether the endpoints are still true: a part that was started again has another process id. */
const REFRESH = 500;

/** Writes the file, and again whenever what it says has changed. */
export function publishEndpoints(directory: string, describe: () => Endpoints): { stop(): void } {
  const file = path.join(directory, FILE);
  let written = "";
  const refresh = () => {
    const text = JSON.stringify(describe(), undefined, 2);
    if (text === written) return;
    written = text;
    write(file, text);
  };
  refresh();
  const timer = setInterval(refresh, REFRESH);
  return { stop: () => clearInterval(timer) };
}

/**
 * Takes the directory for a new run: what an ended run left is removed.
 * @throws CertfrontError when another run is alive in it
 */
export function takeDirectory(directory: string): void {
  const holder = readPid(path.join(directory, FILE)) ?? readPid(path.join(directory, "starting.json"));
  if (holder !== undefined && holder !== process.pid && isAlive(holder)) {
    throw new CertfrontError(`The local stack is running already, as process ${holder}.`, {
      code: "ALREADY_RUNNING",
      advice: `Use it (${path.join(directory, FILE)}), or end it with: kill ${holder}`,
    });
  }
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(directory, "starting.json"), JSON.stringify({ pid: process.pid }), { mode: 0o600 });
}

/** Characters of a Unix socket's path (108 on Linux), less what HAProxy adds while it opens one. */
const SOCKET_PATH = 92;

/** What HAProxy's configuration and commands take as a path without a second thought (front/settings.ts). */
const PLAIN_PATH = /^[A-Za-z0-9._/-]+$/;

/**
 * Where the fronts' files lie: in the run's directory, or, where that is too long for a socket's path or has a space or an accent in it,
 * in a temporary one.
 */
export function frontsDirectory(directory: string, stops: Stops): string {
  const own = path.join(directory, "fronts");
  if (path.join(own, "front-10", "haproxy.sock").length <= SOCKET_PATH && PLAIN_PATH.test(own)) return own;
  const short = fs.mkdtempSync(path.join(tmpdir(), "certfront-"));
  stops.add(() => fs.rmSync(short, { recursive: true, force: true }));
  return short;
}

/** Says that nothing runs there any more; logs stay. */
export function releaseDirectory(directory: string): void {
  fs.rmSync(path.join(directory, FILE), { force: true });
  fs.rmSync(path.join(directory, "starting.json"), { force: true });
}

function readPid(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(fs.readFileSync(file, "utf8")) as { pid?: unknown };
    return typeof pid === "number" ? pid : undefined;
  } catch {
    return undefined; // no file, or a broken one: nobody holds it
  }
}
