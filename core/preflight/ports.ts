/** A DNS answer; `servfail` also stands for a time-out and for broken DNSSEC, `nxdomain` for a name that does not exist. */
export type DnsAnswer<T> =
  | { readonly status: "ok"; readonly records: readonly T[] }
  | { readonly status: "nxdomain" | "servfail"; readonly detail: string };

/** `owner`: the name that holds the records, where the one asked for is an alias. */
export type CaaAnswer =
  | { readonly status: "ok"; readonly records: readonly CaaRecord[]; readonly owner?: string }
  | Exclude<DnsAnswer<CaaRecord>, { readonly status: "ok" }>;

export interface CaaRecord {
  /** The bit 128 of its flags, or 1, which many mean by it. */
  readonly critical: boolean;
  /** Lower-case: issue, issuewild, iodef, … */
  readonly tag: string;
  readonly value: string;
}

/** The public view of DNS. A name that exists without such records answers ok with none. Never throws. */
export interface Resolver {
  a(name: string): Promise<DnsAnswer<string>>;
  aaaa(name: string): Promise<DnsAnswer<string>>;
  cname(name: string): Promise<DnsAnswer<string>>;
  caa(name: string): Promise<CaaAnswer>;
  /** Each record in one piece. */
  txt(name: string): Promise<DnsAnswer<string>>;
  /**
   * The same view from the name's own zone, past all caches: what CAs see at once, and everybody in a while. undefined where
   * the zone's servers cannot be found. Its answers are not validated (DNSSEC), so it is a second opinion only.
   */
  authoritative?(name: string): Promise<Resolver | undefined>;
}

/** What a GET of a challenge path over plain HTTP gave. Never throws. */
export type ProbeAnswer =
  | {
      readonly status: "answered";
      readonly httpStatus: number;
      readonly body: string;
      readonly server?: string;
      readonly location?: string;
    }
  | { readonly status: "unreachable"; readonly detail: string };

/** Fetches `http://<name>/<path>` by connecting to the given one of our own addresses only, whatever DNS says. */
export interface HttpProbe {
  get(address: string, name: string, path: string): Promise<ProbeAnswer>;
}
