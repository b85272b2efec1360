import * as path from "node:path";
import { graphs } from "./dashboard";
import { messageFor } from "./message";
import { overview } from "./overview";
import { loadPage } from "./page-files";
import { type Answer, json, type PageServer, servePage } from "./page-server";
import type { ConsoleSources } from "./sources";
import { TenantSnapshot } from "./tenant-snapshot";
import { tenantDetail, tenantsPage } from "./tenants";
import type { OverviewView } from "./views";

export type Console = PageServer;

export interface ConsoleOptions {
  /** Port on the loopback address; 0 or absent: a free one. */
  readonly port?: number;
  /** What whoever acts has to know; absent: whoever reaches the page may, where the sources act at all. */
  readonly key?: string | undefined;
}

/** Hours that a graph may show. */
const MOST_HOURS = 15 * 24;

/** Serves the console on this machine, to this machine. */
export async function startConsole(sources: ConsoleSources, options: ConsoleOptions = {}): Promise<Console> {
  const snapshot = new TenantSnapshot(sources.store, sources.clock);
  const files = await loadPage(path.join(__dirname, "page"));
  const acts = !sources.renew ? "no" : options.key ? "key" : "yes";
  return servePage(files, (url) => answer(url, sources, snapshot, acts), {
    ...options,
    ...(sources.renew && { act: (url: URL) => act(url, sources) }),
  });
}

async function answer(
  url: URL,
  sources: ConsoleSources,
  snapshot: TenantSnapshot,
  acts: OverviewView["acts"],
): Promise<Answer | undefined> {
  if (url.pathname === "/api/overview") return json(200, await overview(sources, await snapshot.get(), acts));
  if (url.pathname === "/api/graphs") {
    const hours = Number(url.searchParams.get("hours") ?? 3);
    if (!(hours > 0 && hours <= MOST_HOURS))
      return json(400, { error: `hours must be above 0 and at most ${MOST_HOURS}` });
    return json(200, await graphs(sources, hours));
  }
  if (url.pathname === "/api/tenants") return json(200, tenantsPage(await snapshot.get(), url.searchParams));
  if (url.pathname === "/api/message") {
    const message = await messageFor(sources, url.searchParams.get("domain") ?? "");
    return message ? json(200, message) : noTenant();
  }
  if (url.pathname === "/api/tenant") {
    const tenant = await tenantDetail(sources, url.searchParams.get("domain") ?? "");
    return tenant ? json(200, tenant) : noTenant();
  }
  return undefined;
}

async function act(url: URL, { renew, store }: ConsoleSources): Promise<Answer | undefined> {
  if (url.pathname !== "/api/renew" || !renew) return undefined;
  const domain = url.searchParams.get("domain") ?? "";
  const record = await store.tenant(domain);
  if (!record || record.state === "removed") return noTenant();
  await renew(domain);
  return json(200, { ok: true });
}

function noTenant(): Answer {
  return json(404, { error: "There is no such tenant." });
}
