import { systemClock } from "../../core/base/clock";
import { createThrowawayCa } from "../../local/process/parts/throwaway-ca";
import { Stops } from "../../local/process/stops";
import { writeClientFiles } from "../client/files";
import { DATASETS } from "../dap/datasets";
import type { LabParts } from "../server/answer";
import { type Listening, listen, type OwnTls } from "../server/listen";
import type { Bases } from "../server/places";
import { Runs } from "../server/run";
import type { DrivenLab } from "./drive";

export interface DirectLab extends DrivenLab {
  /** Whether it has ports 80 and 443: on others wget ties cookies to the port. */
  readonly ownPorts: boolean;
  stop(): Promise<void>;
}

export const NAMES = { data: "data.lab.example", login: "login.lab.example" } as const;

/** The lab without a front: this process ends TLS itself, at a loopback address with names that only its clients know. */
export async function startDirectLab(folder: string): Promise<DirectLab> {
  const stops = new Stops();
  const runs = new Runs();
  const serverCa = createThrowawayCa("certfront lab");
  const clientCa = createThrowawayCa("certfront lab clients");
  const { certificate, key } = serverCa.issue([NAMES.data, NAMES.login]);
  const tls: OwnTls = { certificate, key, clientCa: clientCa.certificate };
  // Filled in when the ports are known; nobody asks before.
  const parts: LabParts & { bases: Bases } = {
    bases: { data: { http: "", https: "" } },
    datasets: DATASETS,
    runs,
    clock: systemClock,
    tls: "own",
  };
  try {
    const { address, http, https } = await listenAtOne(parts, tls, stops);
    const base = (name: string) => ({
      http: `http://${name}${http === 80 ? "" : `:${http}`}`,
      https: `https://${name}${https === 443 ? "" : `:${https}`}`,
    });
    parts.bases = { data: base(NAMES.data), login: base(NAMES.login) };
    const hosts = { [NAMES.data]: address, [NAMES.login]: address };
    const files = writeClientFiles(folder, serverCa.certificate, clientCa.issue(["carol"], { usage: "client" }), hosts);
    return {
      ...files,
      bases: parts.bases,
      ownPorts: https === 443,
      begin: async (client) => runs.begin(client).id,
      exchanges: async (run, scenario) => runs.find(run)?.attempts.get(scenario)?.exchanges ?? [],
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

interface Ports {
  readonly http: number;
  readonly https: number;
}

/** One address for both names: to every client they are two hosts all the same. */
async function listenAtOne(parts: LabParts, tls: OwnTls, stops: Stops): Promise<Ports & { readonly address: string }> {
  const { both, address } = await usualPorts(parts, tls).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EACCES") throw error;
    return { address: "127.0.0.1", both: await listenAt("127.0.0.1", { http: 0, https: 0 }, parts, tls) };
  });
  for (const one of both) stops.started(one);
  return { address, http: both[0].port, https: both[1].port };
}

/** Ports 80 and 443 of the first loopback address where nobody has them. */
async function usualPorts(parts: LabParts, tls: OwnTls) {
  for (let host = 1; ; host++) {
    const address = `127.94.${process.pid % 250}.${host}`;
    try {
      return { address, both: await listenAt(address, { http: 80, https: 443 }, parts, tls) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || host > 50) throw error;
    }
  }
}

async function listenAt(
  address: string,
  ports: Ports,
  parts: LabParts,
  tls: OwnTls,
): Promise<readonly [Listening, Listening]> {
  const http = await listen(address, ports.http, parts);
  try {
    return [http, await listen(address, ports.https, parts, tls)];
  } catch (error) {
    await http.stop();
    throw error;
  }
}
