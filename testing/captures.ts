import * as fs from "node:fs";
import * as path from "node:path";
import { parseDds } from "../lab/dap/dds";
import type { Dataset } from "../lab/dap/variable";
import { decode, encode } from "../lab/dap/xdr";
import { suiteSource } from "../local/process/debian/suite-package";

/** What libnetcdf's authors captured of real servers (netcdf-c, ncdap_test), and what ncdump makes of each. */
export interface Captures {
  /** Folder of .dds, .das and .dods. */
  readonly data: string;
  /** Folder of expected dumps, `NAME.dmp`. */
  readonly expected: string;
}

/** From Debian's source package of netcdf, kept in .cache. */
export function netcdfCaptures(): Captures | { readonly unavailable: string } {
  const source = suiteSource(path.join(__dirname, ".."), "bookworm", "netcdf");
  if ("unavailable" in source) return source;
  const home = path.join(source.folder, "ncdap_test");
  return { data: path.join(home, "testdata3"), expected: path.join(home, "expected3") };
}

export interface Capture {
  readonly name: string;
  /** Undefined: the capture is no data response. */
  readonly dataset: Dataset | undefined;
  /** How what we write of it differs from what was captured; undefined: not at all. */
  readonly difference: string | undefined;
}

const SEPARATOR = /\r?\nData:\r?\n/;

/** Reads every captured data response, and writes it again. */
export function readCaptures({ data }: Captures): Capture[] {
  const files = fs.readdirSync(data).filter((name) => name.endsWith(".dods"));
  return files.sort().map((file) => readCapture(data, file.slice(0, -".dods".length)));
}

function readCapture(folder: string, name: string): Capture {
  const bytes = fs.readFileSync(path.join(folder, `${name}.dods`));
  const separator = SEPARATOR.exec(bytes.toString("latin1"));
  if (separator === null) return { name, dataset: undefined, difference: "no Data: line" };
  const declared = parseDds(bytes.toString("latin1", 0, separator.index));
  const body = bytes.subarray(separator.index + separator[0].length);
  const { variables, read } = decode(declared.declarations, body);
  const das = path.join(folder, `${name}.das`);
  // The dimensions' names may be in the DDS only, or in the data only: the DDS is what a client asks for first.
  const shown = parseDds(fs.readFileSync(path.join(folder, `${name}.dds`), "latin1")).declarations;
  const dataset = {
    name: declared.name,
    variables: variables.map(({ declaration, value }, at) => ({ declaration: shown[at] ?? declaration, value })),
    das: fs.existsSync(das) ? fs.readFileSync(das, "latin1") : "Attributes {\n}\n",
  };
  const again = encode(variables);
  const rest = body.subarray(read).toString("latin1");
  if (!again.equals(body.subarray(0, read))) return { name, dataset, difference: "padding that is not zero" };
  return { name, dataset, difference: rest === "" ? undefined : `${JSON.stringify(rest)} after the data` };
}
