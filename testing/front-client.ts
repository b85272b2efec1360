import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";

/** What a handshake showed. */
export interface Handshake {
  /** Lower-case hex. */
  readonly serial: string;
  readonly protocol: string;
  readonly alpn: string | false | null;
  readonly resumed: boolean;
  /** For a later handshake; absent when the server sent no ticket in time. */
  readonly session: Buffer | undefined;
}

export interface HandshakeOptions extends tls.ConnectionOptions {
  /** Also wait for a session ticket: TLS 1.3 sends it after the handshake. */
  readonly ticket?: boolean;
}

/** A TLS handshake at 127.0.0.1; rejects with what the server or the check of its chain said. */
export function handshake(port: number, servername: string, options: HandshakeOptions = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const { ticket, ...rest } = options;
    const socket = tls.connect({ host: "127.0.0.1", port, servername, timeout: 10_000, ...rest });
    let session: Buffer | undefined;
    const done = () => {
      const certificate = socket.getPeerX509Certificate();
      resolve({
        serial: certificate?.serialNumber.toLowerCase() ?? "",
        protocol: socket.getProtocol() ?? "",
        alpn: socket.alpnProtocol,
        resumed: socket.isSessionReused(),
        session,
      });
      socket.destroy();
    };
    let secure = false;
    socket.on("session", (fresh) => {
      session = fresh;
      if (ticket && secure) done();
    });
    socket.on("secureConnect", () => {
      secure = true;
      if (!ticket || session) done();
    });
    socket.on("timeout", () => socket.destroy(new Error("no answer in 10 s")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before the handshake was over")));
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
  /** Default: the URL's host. */
  readonly servername?: string;
  readonly tls?: tls.ConnectionOptions;
  /** The client's own address; 127.0.0.1 unless said. */
  readonly from?: string;
}

/** One request at 127.0.0.1 over a connection of its own, as a client of `host`. */
export function request(
  scheme: "http" | "https",
  port: number,
  host: string,
  options: RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const common: https.RequestOptions = {
      host: "127.0.0.1",
      port,
      method: options.method ?? "GET",
      path: options.path ?? "/",
      headers: { host, ...options.headers },
      agent: false,
      timeout: 15_000,
      ...(options.from !== undefined && { localAddress: options.from }),
    };
    const sent =
      scheme === "http"
        ? http.request(common)
        : https.request({ ...common, servername: options.servername ?? host, ...options.tls });
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer in 15 s")));
    sent.on("error", reject);
    sent.end(options.body);
  });
}
