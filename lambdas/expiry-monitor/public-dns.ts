import { promises as dns } from "node:dns";
import type { CaaAnswer } from "../../core/preflight/ports";
import { queryCaa } from "../../wire/dns/caa-query";

/** A DNS answer. `none`: the name or the record does not exist; `failed`: no usable answer (SERVFAIL, time-out, broken DNSSEC). */
export type Lookup<T> =
  | { readonly status: "found"; readonly records: readonly T[] }
  | { readonly status: "none"; readonly nameExists: boolean }
  | { readonly status: "failed"; readonly detail: string };

/** The public view of DNS, as a visitor and a CA have it. Never throws. */
export interface PublicDns {
  a(name: string): Promise<Lookup<string>>;
  aaaa(name: string): Promise<Lookup<string>>;
  /** CAA records, with the issuer's own reader: what one believes of CAA, the other believes. */
  caa(name: string): Promise<CaaAnswer>;
}

/** The monitor's own resolver but for CAA: it shares no other with the issuer, so that one mistake cannot blind both. */
export function publicDns(servers: readonly string[]): PublicDns {
  // Tries of two seconds over all servers: a lost packet is not a finding.
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 3 });
  resolver.setServers(servers);
  return {
    a: (name) => lookup(() => resolver.resolve4(name)),
    aaaa: (name) => lookup(() => resolver.resolve6(name)),
    caa: (name) => queryCaa(name, servers),
  };
}

async function lookup<T>(ask: () => Promise<T[]>): Promise<Lookup<T>> {
  try {
    const records = await ask();
    return records.length > 0 ? { status: "found", records } : { status: "none", nameExists: true };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === "ENODATA") return { status: "none", nameExists: true };
    if (code === "ENOTFOUND") return { status: "none", nameExists: false };
    return { status: "failed", detail: code };
  }
}
