import * as http from "node:http";
import * as https from "node:https";
import { MINUTE, SECOND } from "../core/base/clock";

export interface HttpRequest {
  readonly method: string;
  /** With its query, percent-encoded as it is sent. */
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpLimits {
  /** ms for one exchange, connecting and reading the answer included. */
  readonly timeoutMs: number;
  /** Bytes of an answer's body. */
  readonly mostBytes: number;
}

/** The answer's body is longer than its reader allows. */
export class AnswerTooLongError extends Error {
  override name = "AnswerTooLongError";
  constructor(readonly mostBytes: number) {
    super(`more than ${Math.round(mostBytes / 1024)} KB`);
  }
}

/** Connections to one host; more requests wait. One HTTP/1.1 connection each. */
const CONNECTIONS = 64;
/** A connection idle for longer may be dead without a sign: a function is frozen between invocations. */
const IDLE_LIMIT = 10 * SECOND;

/** HTTP/1.1 to one host over connections that are kept: no redirects, no other host, no repetition. */
export class HttpHost {
  private readonly agent: http.Agent;
  private inFlight = 0;
  private lastUsed = 0;

  /**
   * @param origin scheme, host and port; its path is not used
   * @param limits `connections`: 64 unless said; `trust`: PEM of the CA to trust in place of the system's
   */
  constructor(
    private readonly origin: URL,
    private readonly limits: HttpLimits & { readonly connections?: number; readonly trust?: string | undefined },
  ) {
    const maxSockets = limits.connections ?? CONNECTIONS;
    const settings = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: MINUTE };
    const { trust } = limits;
    this.agent = isSecure(origin)
      ? new https.Agent({ ...settings, ...(trust !== undefined && { ca: trust }) })
      : new http.Agent(settings);
  }

  /** @throws AnswerTooLongError, or what the connection failed with */
  async exchange(request: HttpRequest): Promise<HttpAnswer> {
    if (this.inFlight === 0 && Date.now() - this.lastUsed > IDLE_LIMIT) this.agent.destroy();
    this.inFlight++;
    try {
      return await exchange(this.origin, request, this.limits, { agent: this.agent });
    } finally {
      this.inFlight--;
      this.lastUsed = Date.now();
    }
  }

  /** Closes the connections that are kept; the next exchange opens new ones. */
  close(): void {
    this.agent.destroy();
  }
}

/**
 * One request and its answer.
 * @param options `agent`: false for a connection of its own; `cut`: take the first bytes of an answer that is too long
 * @throws AnswerTooLongError, or what the connection failed with
 */
export function exchange(
  origin: URL,
  { method, path, headers, body }: HttpRequest,
  { timeoutMs, mostBytes }: HttpLimits,
  { agent, cut = false }: { readonly agent: http.Agent | false; readonly cut?: boolean },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = (isSecure(origin) ? https : http).request({
      host: origin.hostname.replace(/^\[|\]$/g, ""),
      port: origin.port,
      method,
      path,
      agent,
      headers: { ...headers, ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) },
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / SECOND} s`)), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      request.destroy();
      reject(error);
    };
    request.on("error", fail);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (): void => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      };
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, mostBytes - size));
        size += chunk.length;
        if (size <= mostBytes) return;
        if (!cut) return fail(new AnswerTooLongError(mostBytes));
        finish();
        request.destroy();
      });
      response.on("error", fail);
      response.once("end", finish);
    });
    request.end(body);
  });
}

function isSecure(origin: URL): boolean {
  return origin.protocol === "https:";
}
