import type { Client } from "./client";
import { LIBNETCDF } from "./libnetcdf";
import { OTHERS } from "./others";

/** Every client that the lab knows how to run, and to tell people how to. */
export const CLIENTS: readonly Client[] = [...LIBNETCDF, ...OTHERS];

/** Enough to see every engine that Debian and npm have, in seconds. */
export const SUBSET: readonly string[] = [
  "ncdump",
  "nccopy",
  "ncks",
  "python3-netcdf4",
  "getdap",
  "getdap -D",
  "jsdap",
  "curl",
  "wget",
];

export function clientNamed(name: string): Client | undefined {
  return CLIENTS.find((client) => client.name === name);
}
