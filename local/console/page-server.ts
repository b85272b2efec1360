import { createHash, timingSafeEqual } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { wordsOf } from "../../core/base/errors";
import type { PageFile } from "./page-files";

/** A page that is served. */
export interface PageServer {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer | string;
}

/** Nothing but our own files: no inline script or style, no frame, no form, no other host. */
const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

type Ask = (url: URL) => Promise<Answer | undefined>;

export interface PageOptions {
  /** Absent or 0: a free one. */
  readonly port?: number | undefined;
  /** Answers POST, which changes something; absent: the page is read only. */
  readonly act?: Ask | undefined;
  /** What a POST has to name in `x-certfront-key`, so that another user of this machine cannot act in one's name. Empty: anything. */
  readonly key?: string | undefined;
}

/**
 * Serves a page on this machine, to this machine: loopback only, and only under a loopback name.
 * @param ask answers what is no file of the page; undefined: 404. What it throws becomes 503 with the message.
 */
export async function servePage(
  files: ReadonlyMap<string, PageFile>,
  ask: Ask,
  options: PageOptions = {},
): Promise<PageServer> {
  const server = http.createServer((request, response) => {
    answer(request, files, ask, options).then(
      ({ status, type, body }) => {
        response.writeHead(status, { ...SECURITY_HEADERS, "content-type": type });
        response.end(request.method === "HEAD" ? undefined : body);
      },
      (error: unknown) => {
        response.writeHead(503, { ...SECURITY_HEADERS, "content-type": "application/json" });
        response.end(JSON.stringify({ error: wordsOf(error) }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: http.IncomingMessage,
  files: ReadonlyMap<string, PageFile>,
  ask: Ask,
  options: PageOptions,
): Promise<Answer> {
  const { host = "" } = request.headers;
  // A page elsewhere that rebinds its own name to 127.0.0.1 would otherwise read this.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return json(421, { error: "unknown host" });
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (request.method === "POST" && options.act) {
    if (!isOwn(request, host, options.key)) return json(403, { error: "This page may not do that." });
    return (await options.act(url)) ?? json(404, { error: "not found" });
  }
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: "read only" });
  const file = files.get(url.pathname);
  if (file) return { status: 200, type: file.type, body: file.body };
  return (await ask(url)) ?? json(404, { error: "not found" });
}

/** Asked by the page itself: no form and no script of another page can set this header without asking first, and none is allowed to. */
function isOwn({ headers }: http.IncomingMessage, host: string, key = ""): boolean {
  const named = headers["x-certfront-key"];
  if (headers.origin !== `http://${host}` || typeof named !== "string") return false;
  const [given, wanted] = [named, key].map((text) => createHash("sha256").update(text).digest());
  return key === "" || (given !== undefined && wanted !== undefined && timingSafeEqual(given, wanted));
}

export function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: JSON.stringify(value) };
}
