import type { CaaRecord, DnsAnswer, Resolver } from "../core/preflight/ports";

interface Zone {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly cname?: string;
  readonly caa?: readonly CaaRecord[];
  readonly ns?: readonly string[];
  readonly txt?: readonly string[];
  /** Every answer for this name is an error, in these words. */
  readonly servfail?: boolean | string;
  /** Only the CAA answer is. */
  readonly caaServfail?: boolean;
  /** Only the AAAA answer is. */
  readonly aaaaServfail?: boolean;
}

/** The public DNS as a test says it is. Names that were not set do not exist. */
export class FakeResolver implements Resolver {
  private readonly zones = new Map<string, Zone>();
  /** `type name` of every query. */
  readonly queries: string[] = [];

  set(name: string, zone: Zone): void {
    this.zones.set(name, zone);
  }

  /** What the zones' own servers say, where that differs from what resolvers have. */
  source: FakeResolver | undefined;

  async authoritative(): Promise<Resolver | undefined> {
    return this.source;
  }

  remove(name: string): void {
    this.zones.delete(name);
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return this.answer("A", name, ({ a }) => a);
  }

  async aaaa(name: string): Promise<DnsAnswer<string>> {
    if (this.zones.get(name)?.aaaaServfail) return { status: "servfail", detail: "ESERVFAIL" };
    return this.answer("AAAA", name, ({ aaaa }) => aaaa);
  }

  cname(name: string): Promise<DnsAnswer<string>> {
    return this.answer("CNAME", name, ({ cname }) => (cname === undefined ? [] : [cname]));
  }

  ns(name: string): Promise<DnsAnswer<string>> {
    return this.answer("NS", name, ({ ns }) => ns);
  }

  txt(name: string): Promise<DnsAnswer<string>> {
    return this.answer("TXT", name, ({ txt }) => txt);
  }

  async caa(name: string): Promise<DnsAnswer<CaaRecord>> {
    if (this.zones.get(name)?.caaServfail) return { status: "servfail", detail: "ESERVFAIL" };
    return this.answer("CAA", name, ({ caa }) => caa);
  }

  private async answer<T>(
    type: string,
    name: string,
    pick: (zone: Zone) => readonly T[] | undefined,
  ): Promise<DnsAnswer<T>> {
    this.queries.push(`${type} ${name}`);
    const zone = this.zones.get(name);
    if (!zone) return { status: "nxdomain", detail: "ENOTFOUND" };
    if (zone.servfail)
      return { status: "servfail", detail: typeof zone.servfail === "string" ? zone.servfail : "ESERVFAIL" };
    return { status: "ok", records: pick(zone) ?? [] };
  }
}

/** `0 issue "ca.example"` and the like. */
export function issueRecord(value: string, tag = "issue", critical = false): CaaRecord {
  return { critical, tag, value };
}

/** The same DNS, where the zones' own servers cannot be asked. */
export function withoutSource(dns: FakeResolver): Resolver {
  return {
    a: (name) => dns.a(name),
    aaaa: (name) => dns.aaaa(name),
    cname: (name) => dns.cname(name),
    caa: (name) => dns.caa(name),
    txt: (name) => dns.txt(name),
  };
}
