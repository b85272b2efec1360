import type * as http from "node:http";
import { DATASETS } from "../lab/dap/datasets";
import type { Exchange } from "../lab/scenario/scenario";
import { type Listening, listen } from "../lab/server/listen";
import type { Bases } from "../lab/server/places";
import { type Run, Runs } from "../lab/server/run";
import { exchange } from "../wire/http";

export const LAB_BASES: Bases = {
  data: { http: "http://data.lab.example", https: "https://data.lab.example" },
  login: { http: "http://login.lab.example", https: "https://login.lab.example" },
};

/** Bounds of one answer, for tests: far above what the lab sends. */
const ANSWER = { timeoutMs: 60_000, mostBytes: 64 * 1024 * 1024 };

export interface LabAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface TestLab {
  readonly runs: Runs;
  readonly port: number;
  /** One request as a front passes it on. @param url whole; its host and scheme become headers */
  get(url: string, headers?: http.OutgoingHttpHeaders, method?: string): Promise<LabAnswer>;
  /** What was noted for the run's scenario. */
  seen(run: Run, scenario: string): readonly Exchange[];
  stop(): Promise<void>;
}

/** The lab as a tenant's upstream, with requests as a front hands them on. */
export async function startTestLab(bases: Bases = LAB_BASES, datasets = DATASETS): Promise<TestLab> {
  const runs = new Runs();
  const clock = { now: () => Date.now() };
  const listening: Listening = await listen("127.0.0.1", 0, { bases, datasets, runs, clock, tls: "front" });
  return {
    runs,
    port: listening.port,
    async get(url, headers = {}, method = "GET") {
      const { host, protocol, pathname, search } = new URL(url);
      const answer = await exchange(
        new URL(`http://127.0.0.1:${listening.port}`),
        {
          method,
          path: `${pathname}${search}`,
          headers: { host, "x-forwarded-proto": protocol.slice(0, -1), ...headers },
        },
        ANSWER,
        { agent: false },
      );
      return { ...answer, body: answer.body.toString("latin1") };
    },
    seen: (run, scenario) => run.attempts.get(scenario)?.exchanges ?? [],
    stop: () => listening.stop(),
  };
}
