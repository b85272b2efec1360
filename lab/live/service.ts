import * as path from "node:path";
import type { Clock } from "../../core/base/clock";
import { loadPage } from "../../local/console/page-files";
import { json, servePage } from "../../local/console/page-server";
import { CLIENTS, clientNamed } from "../client/clients";
import { DATASETS } from "../dap/datasets";
import { listen } from "../server/listen";
import type { Bases } from "../server/places";
import { type Run, Runs } from "../server/run";
import type { Equipment } from "./how-to";
import { viewOf } from "./view";
import type { ClientView } from "./views";

export interface LabServiceOptions {
  readonly clock: Clock;
  /** Where the front finds the lab. */
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Of the page, on the loopback address. 0: any free port. */
  readonly pagePort: number;
}

/** The lab behind a front, with its page. */
export interface LabService {
  readonly port: number;
  readonly page: string;
  readonly runs: Runs;
  /** Tells it where clients find it, and with what; before that it answers nobody. */
  open(bases: Bases, equipment: Equipment): void;
  /** @throws Error before `open` */
  view(client: string): ClientView | undefined;
  stop(): Promise<void>;
}

const NOWHERE: Bases = { data: { http: "http://lab.invalid", https: "https://lab.invalid" } };

export async function startLabService(options: LabServiceOptions): Promise<LabService> {
  const runs = new Runs();
  const byClient = new Map<string, Run>();
  let opened: { readonly bases: Bases; readonly equipment: Equipment } | undefined;
  const view = (name: string): ClientView | undefined => {
    const client = clientNamed(name);
    if (opened === undefined) throw new Error("the lab is not open yet");
    if (client === undefined) return undefined;
    const run = byClient.get(name) ?? runs.begin(name);
    byClient.set(name, run);
    return viewOf(client, run, opened.bases, opened.equipment);
  };
  const server = await listen(options.address, options.port, {
    get bases() {
      return opened?.bases ?? NOWHERE;
    },
    datasets: DATASETS,
    runs,
    clock: options.clock,
    tls: "front",
  });
  try {
    const files = await loadPage(path.join(__dirname, "page"));
    const page = await servePage(
      files,
      async (url) => {
        if (url.pathname === "/api/clients")
          return json(
            200,
            CLIENTS.map(({ name }) => name),
          );
        if (url.pathname !== "/api/client") return undefined;
        const found = view(url.searchParams.get("name") ?? "");
        return found ? json(200, found) : json(404, { error: "The lab knows no such client." });
      },
      { port: options.pagePort },
    );
    return {
      port: server.port,
      page: page.url,
      runs,
      open: (bases, equipment) => {
        opened = { bases, equipment };
      },
      view,
      stop: async () => {
        await page.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
