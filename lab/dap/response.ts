import { parseConstraint } from "./constraint";
import { DAP_ERROR, DapError, errorBody } from "./dap-error";
import { printDds } from "./dds";
import { project } from "./project";
import type { Dataset } from "./variable";
import { encode } from "./xdr";

export interface DapResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Java clients take an answer for DAP only with one of these (opendap 2.2.2). */
const DAP_HEADERS = { "xdods-server": "dods/2.0", xdap: "2.0", "cache-control": "no-store" };

/** By suffix. A Map, for a suffix may be `constructor`. */
const DESCRIPTIONS: ReadonlyMap<string, { readonly type: string; readonly description: string }> = new Map([
  ["dds", { type: "text/plain; charset=iso-8859-1", description: "dods-dds" }],
  ["das", { type: "text/plain; charset=iso-8859-1", description: "dods-das" }],
  ["dods", { type: "application/octet-stream", description: "dods-data" }],
  ["ver", { type: "text/plain", description: "dods-version" }],
]);

/**
 * The answer to one request for a dataset.
 * @param dataset undefined: there is none of that name
 * @param suffix `dds`, `das`, `dods` or `ver`; others are not offered
 * @param constraint the URL's query
 * @throws DapError
 */
export function dapResponse(dataset: Dataset | undefined, suffix: string, constraint: string): DapResponse {
  const described = DESCRIPTIONS.get(suffix);
  if (dataset === undefined) throw new DapError(404, DAP_ERROR.noSuchFile, "there is no such dataset");
  if (described === undefined)
    throw new DapError(404, DAP_ERROR.noSuchFile, `.${suffix} is not offered; .dds, .das, .dods and .ver are`);
  return {
    status: 200,
    headers: { ...DAP_HEADERS, "content-type": described.type, "content-description": described.description },
    body: bodyOf(dataset, suffix, constraint),
  };
}

function bodyOf(dataset: Dataset, suffix: string, constraint: string): Buffer {
  if (suffix === "ver") return Buffer.from("Core version: DAP/2.0\nServer version: certfront lab\n");
  if (suffix === "das") return Buffer.from(dataset.das, "latin1");
  const variables = project(dataset.variables, parseConstraint(constraint));
  const dds = printDds(
    dataset.name,
    variables.map(({ declaration }) => declaration),
  );
  if (suffix === "dds") return Buffer.from(dds, "latin1");
  // A line feed alone: with CR LF, as Java's servers send it, pydap and jsdap read nothing.
  return Buffer.concat([Buffer.from(`${dds}\nData:\n`, "latin1"), encode(variables)]);
}

/** An error as DAP clients read it. HTML in its place would be parsed as data by some. */
export function dapErrorResponse(error: DapError, headers: Readonly<Record<string, string>> = {}): DapResponse {
  return {
    status: error.status,
    headers: { ...DAP_HEADERS, "content-type": "text/plain", "content-description": "dods-error", ...headers },
    body: Buffer.from(errorBody(error), "latin1"),
  };
}
