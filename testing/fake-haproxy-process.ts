import { existsSync, readFileSync } from "node:fs";
import * as net from "node:net";
import * as tls from "node:tls";
import { UPSTREAM_BACKENDS } from "../front/haproxy-config";
import { type FrontSettings, frontPaths } from "../front/settings";
import { FakeHaproxy } from "./fake-haproxy";

/** The fake HAProxy on a front's socket and HTTPS port. It starts with what the front's start-up files say, as the real one does. */
export class FakeHaproxyProcess {
  haproxy = new FakeHaproxy();
  private readonly connections = new Set<net.Socket>();
  private readonly socket = net.createServer((connection) => this.converse(connection));
  private readonly https = tls.createServer({
    SNICallback: (name, answer) => {
      const pem = this.haproxy.files.cert.get(this.haproxy.lineOf(name)?.file ?? "");
      if (!pem) return answer(new Error("unrecognized name"));
      answer(null, tls.createSecureContext({ cert: pem, key: pem }));
    },
  });

  private constructor(private settings: FrontSettings) {
    this.https.on("secureConnection", (client) => client.on("error", () => undefined).end());
  }

  static async start(settings: FrontSettings): Promise<FakeHaproxyProcess> {
    const started = new FakeHaproxyProcess(settings);
    started.readStartupFiles();
    await new Promise<void>((resolve) => started.socket.listen(settings.socket, resolve));
    await new Promise<void>((resolve) => started.https.listen(0, settings.bind, resolve));
    return started;
  }

  get httpsPort(): number {
    return (this.https.address() as net.AddressInfo).port;
  }

  /** Another process: what was only told to the last one is lost. */
  restart(): void {
    const { pid, startedAt } = this.haproxy;
    this.haproxy = new FakeHaproxy();
    this.haproxy.pid = pid + 1;
    this.haproxy.startedAt = startedAt + 60;
    this.readStartupFiles();
    this.cut();
  }

  /** Ends every connection to the socket. */
  cut(): void {
    for (const connection of this.connections) connection.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await Promise.all([this.socket, this.https].map((one) => new Promise((resolve) => one.close(resolve))));
  }

  private readStartupFiles(): void {
    const paths = frontPaths(this.settings);
    const lines = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
    const { files, crtLists, maps, backends, ticketKeys, tables } = this.haproxy;
    const list = new Map(lines(paths.crtList).map((line) => [line.split(" ")[0] ?? "", line]));
    crtLists.set(paths.crtList, list);
    for (const [file, line] of list) {
      files.cert.set(file, readFileSync(file, "utf8"));
      for (const [, kind, used = ""] of line.matchAll(/(ca-file|crl-file) (\S+)/g)) {
        files[kind === "ca-file" ? "ca-file" : "crl-file"].set(used, readFileSync(used, "utf8"));
      }
    }
    for (const map of [paths.policyMap, paths.exceptionMap, paths.readyMap]) {
      maps.set(map, new Map(lines(map).map((line) => line.split(" ") as [string, string])));
    }
    for (let index = 0; index < UPSTREAM_BACKENDS; index++) {
      backends.set(
        `u${index}`,
        new Map([["cas", { address: "127.0.0.1", args: "", inMaintenance: true, busy: false }]]),
      );
    }
    ticketKeys.set(paths.ticketKeys, lines(paths.ticketKeys));
    tables.set("guests", []);
  }

  /** Interactive mode: each answer ends with a prompt, each line of a payload is asked for by one. */
  private converse(connection: net.Socket): void {
    this.connections.add(connection);
    connection.on("error", () => undefined).on("close", () => this.connections.delete(connection));
    let rest = "";
    let command: string | undefined;
    const payload: string[] = [];
    const take = (line: string): void => {
      if (command === undefined && line.endsWith(" <<")) {
        command = line.slice(0, -" <<".length);
        connection.write("+ ");
      } else if (command !== undefined && line !== "") {
        payload.push(line);
        connection.write("+ ");
      } else {
        const setsUp = /^(prompt|set (timeout cli|severity-output) \S+)$/.test(line);
        connection.write(`${setsUp ? "" : this.haproxy.answer(command ?? line, payload.splice(0).join("\n"))}\n\n> `);
        command = undefined;
      }
    };
    connection.on("data", (chunk) => {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
    });
  }
}
