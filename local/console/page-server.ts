import * as http from "node:http";
import type { AddressInfo } from "node:net";
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

/**
 * Serves a page on this machine, to this machine: loopback only, and only under a loopback name.
 * @param ask answers what is no file of the page; undefined: 404. What it throws becomes 503 with the message.
 * @param port 0: a free one
 */
export async function servePage(
  files: ReadonlyMap<string, PageFile>,
  ask: (url: URL) => Promise<Answer | undefined>,
  port = 0,
): Promise<PageServer> {
  const server = http.createServer((request, response) => {
    answer(request, files, ask).then(
      ({ status, type, body }) => {
        response.writeHead(status, { ...SECURITY_HEADERS, "content-type": type });
        response.end(request.method === "HEAD" ? undefined : body);
      },
      (error: unknown) => {
        response.writeHead(503, { ...SECURITY_HEADERS, "content-type": "application/json" });
        response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
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
  ask: (url: URL) => Promise<Answer | undefined>,
): Promise<Answer> {
  // A page elsewhere that rebinds its own name to 127.0.0.1 would otherwise read this.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ""))
    return json(421, { error: "unknown host" });
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: "read only" });
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const file = files.get(url.pathname);
  if (file) return { status: 200, type: file.type, body: file.body };
  return (await ask(url)) ?? json(404, { error: "not found" });
}

export function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: JSON.stringify(value) };
}
