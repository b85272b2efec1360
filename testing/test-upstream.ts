import { createHash } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 §1.3

/** A tenant's own server: tells what reached it, sends long downloads, holds websockets open. */
export interface TestUpstream {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Lets every `/stream` come to its end. */
  endStreams(): void;
  stop(): Promise<void>;
}

/** What `/` and every other path answers, as JSON. */
export interface Echo {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Bytes of the request's body. */
  readonly body: number;
}

/**
 * `/download/<chunks>/<ms>`: as many chunks of 16 KiB, so many milliseconds apart, with their length announced.
 * `/stream/<ms>`: the same without an end, until `endStreams`. `/echo` with an upgrade: a websocket that sends back what it gets. Anything else: an Echo.
 */
export async function startTestUpstream(name = "upstream"): Promise<TestUpstream> {
  const tunnels = new Set<Socket>();
  let ending = false;
  const server = http.createServer((request, response) => {
    const download = /^\/download\/(\d+)\/(\d+)/.exec(request.url ?? "");
    if (download) return sendSlowly(response, Number(download[1]), Number(download[2]));
    const stream = /^\/stream\/(\d+)/.exec(request.url ?? "");
    if (stream) return sendEndlessly(response, Number(stream[1]), () => ending);
    let body = 0;
    request.on("data", (chunk: Buffer) => {
      body += chunk.length;
    });
    request.on("end", () => {
      const echo: Echo = {
        name,
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
      };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(echo));
    });
  });
  server.on("upgrade", (request, socket: Socket) => {
    tunnels.add(socket);
    const key = `${request.headers["sec-websocket-key"]}${WEBSOCKET_GUID}`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 1_024, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    endStreams: () => {
      ending = true;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of tunnels) socket.destroy();
      }),
  };
}

/** Bytes of one chunk of a download. */
export const DOWNLOAD_CHUNK = 16_384;

function sendSlowly(response: http.ServerResponse, chunks: number, pauseMs: number): void {
  response.writeHead(200, { "content-length": chunks * DOWNLOAD_CHUNK, "content-type": "application/octet-stream" });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(Buffer.alloc(DOWNLOAD_CHUNK, sent % 251));
    sent += 1;
    if (sent < chunks) return;
    clearInterval(timer);
    response.end();
  }, pauseMs);
  response.on("close", () => clearInterval(timer));
}

function sendEndlessly(response: http.ServerResponse, pauseMs: number, ending: () => boolean): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) response.write(Buffer.alloc(DOWNLOAD_CHUNK, sent++ % 251));
    if (!ending()) return;
    clearInterval(timer);
    response.end();
  }, pauseMs);
  response.on("close", () => clearInterval(timer));
}
