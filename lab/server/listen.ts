import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { DAP_ERROR, DapError } from "../dap/dap-error";
import { dapErrorResponse } from "../dap/response";
import { answer, type LabParts } from "./answer";

export interface Listening {
  readonly port: number;
  stop(): Promise<void>;
}

/** What this process needs to end TLS itself; PEM. */
export interface OwnTls {
  readonly certificate: string;
  readonly key: string;
  /** Verifies client certificates; nobody is asked for one that it needs. */
  readonly clientCa: string;
}

/** ms that a request's headers, and the whole request, may take. */
const PATIENCE = 30_000;
/** ms of silence on a connection. */
const SILENCE = 10 * 60_000;
const MOST_CONNECTIONS = 500;

/**
 * Serves the lab at one port.
 * @param tls absent: plain HTTP
 * @throws Error of Node's `listen`: EADDRINUSE, EACCES
 */
export async function listen(address: string, port: number, parts: LabParts, tls?: OwnTls): Promise<Listening> {
  const onRequest: http.RequestListener = (request, response) => answer(request, response, parts);
  const server = tls
    ? https.createServer(
        {
          cert: tls.certificate,
          key: tls.key,
          ca: tls.clientCa,
          requestCert: true,
          // Whoever has none, or a wrong one, is told so in DAP's words.
          rejectUnauthorized: false,
          minVersion: "TLSv1.2",
        },
        onRequest,
      )
    : http.createServer(onRequest);
  server.headersTimeout = server.requestTimeout = PATIENCE;
  server.setTimeout(SILENCE);
  server.maxConnections = MOST_CONNECTIONS;
  server.on("clientError", refuse);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What Node's parser takes for no request is told so in DAP's words, too. */
function refuse({ code = "" }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || code === "ECONNRESET") return void socket.destroy();
  const problem = new DapError(STATUS[code] ?? 400, DAP_ERROR.unknown, "this is no request that can be read");
  const { status, headers, body } = dapErrorResponse(problem, { connection: "close" });
  const lines = Object.entries({ ...headers, "content-length": body.length }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
