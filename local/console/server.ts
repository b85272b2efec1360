import * as path from "node:path";
import { graphs } from "./dashboard";
import { messageFor } from "./message";
import { overview } from "./overview";
import { loadPage } from "./page-files";
import { type Answer, json, type PageServer, servePage } from "./page-server";
import type { ConsoleSources } from "./sources";
import { TenantSnapshot } from "./tenant-snapshot";
import { tenantDetail, tenantsPage } from "./tenants";

export type Console = PageServer;

export interface ConsoleOptions {
  /** Port on the loopback address; 0 or absent: a free one. */
  readonly port?: number;
}

/** Hours that a graph may show. */
const MOST_HOURS = 15 * 24;

/** Serves the console on this machine, to this machine. */
export async function startConsole(sources: ConsoleSources, options: ConsoleOptions = {}): Promise<Console> {
  const snapshot = new TenantSnapshot(sources.store, sources.clock);
  const files = await loadPage(path.join(__dirname, "page"));
  return servePage(files, (url) => answer(url, sources, snapshot), options.port);
}

async function answer(url: URL, sources: ConsoleSources, snapshot: TenantSnapshot): Promise<Answer | undefined> {
  if (url.pathname === "/api/overview") return json(200, await overview(sources, await snapshot.get()));
  if (url.pathname === "/api/graphs") {
    const hours = Number(url.searchParams.get("hours") ?? 0.5);
    if (!(hours > 0 && hours <= MOST_HOURS))
      return json(400, { error: `hours must be above 0 and at most ${MOST_HOURS}` });
    return json(200, graphs(sources, hours));
  }
  if (url.pathname === "/api/tenants")
    return json(200, await tenantsPage(sources, await snapshot.get(), url.searchParams));
  if (url.pathname === "/api/message") {
    const message = await messageFor(sources, url.searchParams.get("domain") ?? "");
    return message ? json(200, message) : json(404, { error: "no such tenant" });
  }
  if (url.pathname === "/api/tenant") {
    const tenant = await tenantDetail(sources, url.searchParams.get("domain") ?? "");
    return tenant ? json(200, tenant) : json(404, { error: "There is no such tenant." });
  }
  return undefined;
}
