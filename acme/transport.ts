import * as https from "node:https";
import type { HttpAnswer } from "acme-client/src/http";
import { MINUTE, SECOND } from "../core/base/clock";
import { malformed, unreachable } from "./problems";

export interface TransportOptions {
  /** Name of the CA, for errors. */
  readonly ca: string;
  readonly directory: string;
  /** PEM of a further CA to trust for the directory's own HTTPS. */
  readonly trust?: string | undefined;
  /** ms for one request, connecting and reading the answer included. */
  readonly timeoutMs: number;
}

/** A chain of RSA certificates is some 10 KB, a directory 1 KB. */
const ANSWER_LIMIT = 256 * 1024;
/** Requests at once; more wait. One HTTP/1.1 connection each. */
const CONNECTIONS = 32;
/** A connection idle for longer may be dead without a sign: a function is frozen between invocations. */
const IDLE_LIMIT = 10 * SECOND;

/**
 * HTTPS to one ACME server: kept-alive connections, a time limit on every request, limited answers, no redirects, no other
 * host than the directory's. Never repeats a request: what may be repeated is for the caller to know.
 */
export class Transport {
  private readonly agent: https.Agent;
  private readonly host: string;
  private inFlight = 0;
  private lastUsed = 0;

  constructor(private readonly options: TransportOptions) {
    this.host = new URL(options.directory).host;
    this.agent = new https.Agent({
      keepAlive: true,
      maxSockets: CONNECTIONS,
      maxFreeSockets: CONNECTIONS,
      timeout: MINUTE,
      ...(options.trust !== undefined && { ca: options.trust }),
    });
  }

  /** @throws AcmeError `certfront:unreachable` or `certfront:malformed`; an HTTP status is never an error here */
  async send(url: string, method: string, body?: string): Promise<HttpAnswer> {
    this.checkHost(url);
    if (this.inFlight === 0 && Date.now() - this.lastUsed > IDLE_LIMIT) this.agent.destroy();
    this.inFlight++;
    try {
      const { status, headers, text } = await this.exchange(url, method, body);
      return { status, headers, data: this.parse(url, status, headers["content-type"], text) };
    } finally {
      this.inFlight--;
      this.lastUsed = Date.now();
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** @throws AcmeError `certfront:malformed` where the URL is not https on the directory's host and port */
  checkHost(url: string): void {
    const target = URL.canParse(url) ? new URL(url) : undefined;
    if (target?.protocol === "https:" && target.host === this.host) return;
    throw malformed(this.options.ca, `it names the URL ${url.slice(0, 200)}, which is not on ${this.host}.`);
  }

  private exchange(
    url: string,
    method: string,
    body?: string,
  ): Promise<{ status: number; headers: HttpAnswer["headers"]; text: string }> {
    const { ca, timeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const request = https.request(url, {
        method: method.toUpperCase(),
        agent: this.agent,
        headers: {
          "User-Agent": "certfront",
          "Accept-Language": "en",
          ...(body !== undefined && {
            "Content-Type": "application/jose+json",
            "Content-Length": Buffer.byteLength(body),
          }),
        },
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      };
      request.once("error", (error) => fail(unreachable(ca, error)));
      request.once("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size <= ANSWER_LIMIT) chunks.push(chunk);
          else {
            fail(malformed(ca, `more than ${ANSWER_LIMIT / 1024} KB from ${url}`));
            request.destroy();
          }
        });
        response.once("error", (error) => fail(unreachable(ca, error)));
        response.once("end", () => {
          clearTimeout(timer);
          const headers = response.headers as HttpAnswer["headers"];
          resolve({ status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString("utf8") });
        });
      });
      request.end(body);
    });
  }

  private parse(url: string, status: number, type: string | undefined, text: string): unknown {
    if (!/\bjson\b/.test(type ?? "") || text === "") return text;
    try {
      return JSON.parse(text);
    } catch {
      throw malformed(this.options.ca, `no valid JSON from ${url}.`, status);
    }
  }
}
