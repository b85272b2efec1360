import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request as an upstream took it. */
export interface Seen {
  /** Node.js, Apache or Caddy. */
  readonly server: string;
  readonly method: string;
  readonly url: string;
  /** Lower-case names; every value of a repeated one. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

/** An upstream that does whatever it is asked to, and keeps what reached it. */
export interface Recorder {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly seen: Seen[];
  /** Bytes that came after CONNECT, or after an upgrade to anything but websocket. */
  readonly tunnelled: string[];
  stop(): Promise<void>;
}

/**
 * Node.js's own server in the most trusting form: it accepts CONNECT, every upgrade and every method, and answers `/unasked-101`
 * with a protocol switch that nobody asked for.
 */
export async function startRecorder(): Promise<Recorder> {
  const seen: Seen[] = [];
  const tunnelled: string[] = [];
  const sockets = new Set<Socket>();
  const note = (request: http.IncomingMessage): void => {
    const headers: Record<string, string[]> = {};
    for (const [name, values] of Object.entries(request.headersDistinct)) headers[name] = values ?? [];
    seen.push({ server: "Node.js", method: request.method ?? "", url: request.url ?? "", headers });
  };
  const server = http.createServer({ maxHeaderSize: 65_536, joinDuplicateHeaders: true }, (request, response) => {
    note(request);
    request.resume();
    request.on("error", () => undefined);
    if (request.url === "/unasked-101") {
      request.socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n");
      return;
    }
    request.on("end", () => response.end("ok"));
  });
  const tunnel = (request: http.IncomingMessage, socket: Socket, answer: string): void => {
    note(request);
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => tunnelled.push(bytes.toString("latin1")));
    socket.on("end", () => socket.end());
    socket.write(`HTTP/1.1 ${answer}\r\n\r\n`);
  };
  server.on("connect", (request, socket: Socket) => tunnel(request, socket, "200 OK"));
  server.on("upgrade", (request, socket: Socket) => {
    const token = request.headers.upgrade ?? "";
    const answer = `101 Switching Protocols\r\nUpgrade: ${token}\r\nConnection: Upgrade`;
    if (token !== "websocket") return tunnel(request, socket, answer);
    note(request);
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.end(`HTTP/1.1 ${answer}\r\n\r\n`);
  });
  server.on("clientError", (_, socket) => socket.destroy());
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 1_024, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    tunnelled,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}
