import * as https from "node:https";
import { SECOND } from "../../core/base/clock";
import { exchange } from "../../wire/http";

export interface DapPlace {
  /** IPv4 address of the load balancer. */
  readonly address: string;
  readonly port: number;
  /** SNI and Host. */
  readonly name: string;
}

/**
 * Where servers of this protocol tell their version (DAP2's `version` service, under the server's own path): Hyrax, THREDDS, ERDDAP and
 * GrADS as they are installed, and any that is at the root.
 */
const VERSIONS = ["/opendap/version", "/thredds/dodsC/version", "/erddap/griddap/version", "/dods/version", "/version"];
/** The header alone matters. */
const LIMITS = { timeoutMs: 5 * SECOND, mostBytes: 4_096 };

/**
 * Whether OPeNDAP data is served there, as far as can be seen from outside. Never throws.
 * @param typed what the command's user typed for the name; of a dataset's URL the dataset itself is asked for
 * @returns the path whose answer shows it
 */
export async function findOpendap(place: DapPlace, typed = ""): Promise<string | undefined> {
  const paths = [...datasetPath(typed), ...VERSIONS];
  const answers = await Promise.all(paths.map((path) => answersAsDap(place, path)));
  return paths.find((_, at) => answers[at]);
}

/** `/thredds/dodsC/sst.nc` of a URL with a path, as a request for its DDS. */
function datasetPath(typed: string): string[] {
  if (!URL.canParse(typed)) return [];
  const { pathname } = new URL(typed);
  const dataset = pathname.replace(/\.(?:dds|das|dods|html|ascii?)$/, "");
  return dataset.length > 1 && !dataset.endsWith("/") ? [`${dataset}.dds`] : [];
}

/** By XDODS-Server, which every server of DAP2 sends and no front does. */
async function answersAsDap({ address, port, name }: DapPlace, path: string): Promise<boolean> {
  // What is served has been looked at before, whoever certified it; nothing secret is sent.
  const agent = new https.Agent({ servername: name, rejectUnauthorized: false });
  const origin = new URL(`https://${address}:${port}`);
  const headers = { host: name, "user-agent": "certfront-explain", connection: "close" };
  try {
    const answer = await exchange(origin, { method: "GET", path, headers }, LIMITS, { agent, cut: true });
    return answer.headers["xdods-server"] !== undefined;
  } catch {
    return false;
  }
}
