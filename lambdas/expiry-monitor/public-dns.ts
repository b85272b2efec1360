import { promises as dns } from "node:dns";

/** A DNS answer. `none`: the name or the record does not exist; `failed`: no usable answer (SERVFAIL, time-out, broken DNSSEC). */
export type Lookup<T> =
  | { readonly status: "found"; readonly records: readonly T[] }
  | { readonly status: "none"; readonly nameExists: boolean }
  | { readonly status: "failed"; readonly detail: string };

/** The public view of DNS, as a visitor and a CA have it. Never throws. */
export interface PublicDns {
  a(name: string): Promise<Lookup<string>>;
  aaaa(name: string): Promise<Lookup<string>>;
  /** The CAA records at exactly this name; `tag` lower-case. */
  caa(name: string): Promise<Lookup<CaaProperty>>;
}

export interface CaaProperty {
  readonly critical: boolean;
  readonly tag: string;
  readonly value: string;
}

/** The monitor's own resolver: it shares none with the issuer, so that one mistake cannot blind both. */
export function publicDns(servers: readonly string[]): PublicDns {
  // Tries of two seconds over all servers: a lost packet is not a finding.
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 3 });
  resolver.setServers(servers);
  return {
    a: (name) => lookup(() => resolver.resolve4(name)),
    aaaa: (name) => lookup(() => resolver.resolve6(name)),
    caa: (name) => lookup(async () => (await resolver.resolveCaa(name)).flatMap(readCaa)),
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

/** Node puts the tag into the record's key: `{critical: 0, issue: "letsencrypt.org"}`. */
function readCaa(record: object): CaaProperty[] {
  const { critical, ...rest } = record as { critical: number } & Record<string, unknown>;
  return Object.entries(rest)
    .filter(([tag]) => tag !== "type")
    .map(([tag, value]) => ({ critical: critical !== 0, tag: tag.toLowerCase(), value: String(value) }));
}
