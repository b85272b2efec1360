import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { graphs } from "./dashboard";
import { overview } from "./overview";
import { loadPage, type PageFile } from "./page-files";
import type { ConsoleSources } from "./sources";
import { TenantSnapshot } from "./tenant-snapshot";
import { tenantDetail, tenantsPage } from "./tenants";

export interface ConsoleOptions {
  /** Port on the loopback address; 0 or absent: a free one. */
  readonly port?: number;
}

export interface Console {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  stop(): Promise<void>;
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

/** Hours that a graph may show. */
const MOST_HOURS = 15 * 24;

/** Serves the console on this machine, to this machine: loopback only, and only under a loopback name. */
export async function startConsole(sources: ConsoleSources, options: ConsoleOptions = {}): Promise<Console> {
  const files = await loadPage();
  const snapshot = new TenantSnapshot(sources.store, sources.clock);
  const server = http.createServer((request, response) => {
    answer(request, files, sources, snapshot).then(
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

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer | string;
}

async function answer(
  request: http.IncomingMessage,
  files: ReadonlyMap<string, PageFile>,
  sources: ConsoleSources,
  snapshot: TenantSnapshot,
): Promise<Answer> {
  // A page elsewhere that rebinds its own name to 127.0.0.1 would otherwise read this.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ""))
    return json(421, { error: "unknown host" });
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: "read only" });
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const file = files.get(url.pathname);
  if (file) return { status: 200, type: file.type, body: file.body };
  if (url.pathname === "/api/overview") return json(200, await overview(sources, await snapshot.get()));
  if (url.pathname === "/api/graphs") {
    const hours = Number(url.searchParams.get("hours") ?? 0.5);
    if (!(hours > 0 && hours <= MOST_HOURS))
      return json(400, { error: `hours must be above 0 and at most ${MOST_HOURS}` });
    return json(200, graphs(sources, hours));
  }
  if (url.pathname === "/api/tenants")
    return json(200, await tenantsPage(sources, await snapshot.get(), url.searchParams));
  if (url.pathname === "/api/tenant") {
    const tenant = await tenantDetail(sources, url.searchParams.get("domain") ?? "");
    return tenant ? json(200, tenant) : json(404, { error: "There is no such tenant." });
  }
  return json(404, { error: "not found" });
}

function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: JSON.stringify(value) };
}
