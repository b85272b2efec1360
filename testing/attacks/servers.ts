import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { type Child, startChild } from "../../local/process/parts/child";
import { freePorts } from "../../local/process/parts/free-port";
import type { Seen } from "./recorder";

/** A server as Debian ships it, behind a front; its own log says what reached it. */
export interface LoggingServer {
  readonly url: string;
  /** What it served so far. */
  seen(): Seen[];
  stop(): Promise<void>;
}

/** Headers that both servers write down: those that a client would forge. */
const WATCHED = [
  "Host",
  "Connection",
  "Upgrade",
  "TE",
  "Proxy",
  "X-SSL-Client-Verify",
  "X-SSL-Client-CN",
  "Client-Cert",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "Forwarded",
  "Remote-User",
] as const;

/** Apache with HTTP/2 in clear text, TRACE and CONNECT as far as it goes. */
export async function startApache(directory: string): Promise<LoggingServer> {
  const [port = 0] = await freePorts(1);
  const home = path.join(directory, "apache");
  mkdirSync(home);
  writeFileSync(path.join(home, "index.html"), "ok\n");
  const log = path.join(home, "access.log");
  const modules = ["mpm_event", "authz_core", "http2", "log_config", "unixd"];
  const fields = ["%m", "%U%q", ...WATCHED.map((name) => `%{${name}}i`)].join("\\t");
  const config = [
    ...modules
      .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
      .filter(
        // Built in where Debian builds them in.
        (line) => !/mod_(log_config|unixd)\.so/.test(line),
      ),
    `ServerRoot ${home}`,
    "ServerName upstream.example",
    `PidFile ${home}/pid`,
    `Listen 127.0.0.1:${port}`,
    ...(process.getuid?.() === 0 ? ["User nobody", "Group nogroup"] : []),
    "Protocols h2c http/1.1",
    "H2Direct on",
    "H2Upgrade on",
    "TraceEnable extended",
    `DocumentRoot ${home}`,
    `ErrorLog ${home}/error.log`,
    `LogFormat "${fields}" watched`,
    `CustomLog ${log} watched`,
  ];
  writeFileSync(path.join(home, "httpd.conf"), `${config.join("\n")}\n`);
  const child = await startServer("apache2", ["-d", home, "-f", path.join(home, "httpd.conf"), "-DFOREGROUND"], port);
  return { url: `http://127.0.0.1:${port}`, seen: () => parsed("Apache", read(log)), stop: () => child.stop() };
}

/** Caddy, a server made with Go's net/http, with one handler that answers whatever method comes. */
export async function startCaddy(directory: string): Promise<LoggingServer> {
  const [port = 0] = await freePorts(1);
  const home = path.join(directory, "caddy");
  mkdirSync(home);
  const log = path.join(home, "access.log");
  const fields = ["method", "uri", ...WATCHED.map((name) => (name === "Host" ? "hostport" : `header.${name}`))];
  const config = {
    admin: { disabled: true },
    logging: {
      logs: {
        default: { level: "ERROR" },
        access: {
          writer: { output: "file", filename: log },
          include: ["http.log.access"],
          encoder: { format: "json" },
        },
      },
    },
    apps: {
      http: {
        servers: {
          upstream: {
            listen: [`127.0.0.1:${port}`],
            automatic_https: { disable: true },
            logs: {},
            routes: [{ handle: [{ handler: "static_response", status_code: 200, body: fields.join(" ") }] }],
          },
        },
      },
    },
  };
  writeFileSync(path.join(home, "caddy.json"), JSON.stringify(config));
  const environment = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const child = await startServer("caddy", ["run", "--config", path.join(home, "caddy.json")], port, environment);
  return { url: `http://127.0.0.1:${port}`, seen: () => fromCaddy(read(log)), stop: () => child.stop() };
}

function startServer(command: string, args: readonly string[], port: number, env = process.env): Promise<Child> {
  return startChild(command, args, {
    env: { ...env, PATH: `${env.PATH ?? ""}:/usr/sbin` },
    ready: () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      ),
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** One line a request, tabs between the fields. */
function parsed(server: string, log: string): Seen[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [method = "", url = "", ...values] = line.split("\t");
      const entries = values.map((value, index): [string, string[]] => [
        (WATCHED[index] ?? "").toLowerCase(),
        value === "-" ? [] : [value],
      ]);
      return { server, method, url, headers: Object.fromEntries(entries.filter(([, found]) => found.length > 0)) };
    });
}

function fromCaddy(log: string): Seen[] {
  interface Line {
    readonly request: { method: string; uri: string; host: string; headers: Record<string, string[]> };
  }
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { request } = JSON.parse(line) as Line;
      const headers = Object.entries(request.headers).map(([name, values]): [string, string[]] => [
        name.toLowerCase(),
        values,
      ]);
      return {
        server: "Caddy",
        method: request.method,
        url: request.uri,
        headers: { ...Object.fromEntries(headers), host: [request.host] },
      };
    });
}
