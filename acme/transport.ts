import type { HttpAnswer } from "acme-client/src/http";
import { AnswerTooLongError, HttpHost } from "../wire/http";
import { malformed, unreachable } from "./problems";

export interface TransportOptions {
  /** Name of the CA, for errors. */
  readonly ca: string;
  readonly directory: string;
  /** PEM of the CA to trust for the directory's own HTTPS, in place of the system's. */
  readonly trust?: string | undefined;
  /** ms for one request, connecting and reading the answer included. */
  readonly timeoutMs: number;
}

/** A chain of RSA certificates is some 10 KB, a directory 1 KB. */
const ANSWER_LIMIT = 256 * 1024;
/** Requests at once; more wait. */
const CONNECTIONS = 32;

/**
 * HTTPS to one ACME server and to no other host than the directory's. Never repeats a request: what may be repeated is for the caller
 * to know.
 */
export class Transport {
  private readonly origin: URL;
  private readonly host: HttpHost;

  constructor(private readonly options: TransportOptions) {
    const { directory, timeoutMs, trust } = options;
    this.origin = new URL(directory);
    this.host = new HttpHost(this.origin, { timeoutMs, mostBytes: ANSWER_LIMIT, connections: CONNECTIONS, trust });
  }

  /** @throws AcmeError `certfront:unreachable` or `certfront:malformed`; an HTTP status is never an error here */
  async send(url: string, method: string, body?: string): Promise<HttpAnswer> {
    const { pathname, search } = this.checkHost(url);
    const { ca } = this.options;
    const answer = await this.host
      .exchange({
        method: method.toUpperCase(),
        path: `${pathname}${search}`,
        headers: {
          "User-Agent": "certfront",
          "Accept-Language": "en",
          ...(body !== undefined && { "Content-Type": "application/jose+json" }),
        },
        body,
      })
      .catch((error: unknown) => {
        throw error instanceof AnswerTooLongError
          ? malformed(ca, `${error.message} from ${url}`)
          : unreachable(ca, error);
      });
    const headers = answer.headers as HttpAnswer["headers"];
    const data = this.parse(url, answer.status, headers["content-type"], answer.body.toString("utf8"));
    return { status: answer.status, headers, data };
  }

  close(): void {
    this.host.close();
  }

  /** @throws AcmeError `certfront:malformed` where the URL is not https on the directory's host and port */
  checkHost(url: string): URL {
    const target = URL.canParse(url) ? new URL(url) : undefined;
    if (target?.protocol === "https:" && target.host === this.origin.host) return target;
    throw malformed(this.options.ca, `it names the URL ${url.slice(0, 200)}, which is not on ${this.origin.host}.`);
  }

  private parse(url: string, status: number, type: string | undefined, text: string): unknown {
    if (!/\bjson\b/.test(String(type)) || text === "") return text;
    try {
      return JSON.parse(text);
    } catch {
      throw malformed(this.options.ca, `no valid JSON from ${url}.`, status);
    }
  }
}
