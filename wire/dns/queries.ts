import { promises as dns, type CaaRecord as NodeCaaRecord } from "node:dns";
import type { CaaRecord, DnsAnswer } from "../../core/preflight/ports";

/** Single DNS questions to given servers. Nothing is cached, nothing throws. */
export class DnsQueries {
  private readonly resolver: dns.Resolver;

  /** @param servers `address:port`, asked in this order */
  constructor(servers: readonly string[]) {
    this.resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
    this.resolver.setServers(servers);
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return answer(this.resolver.resolve4(name));
  }

  aaaa(name: string): Promise<DnsAnswer<string>> {
    return answer(this.resolver.resolve6(name));
  }

  cname(name: string): Promise<DnsAnswer<string>> {
    return answer(this.resolver.resolveCname(name));
  }

  ns(name: string): Promise<DnsAnswer<string>> {
    return answer(this.resolver.resolveNs(name));
  }

  async caa(name: string): Promise<DnsAnswer<CaaRecord>> {
    const found = await answer(this.resolver.resolveCaa(name));
    return found.status === "ok" ? { status: "ok", records: found.records.map(caaRecord) } : found;
  }
}

async function answer<T>(query: Promise<T[]>): Promise<DnsAnswer<T>> {
  try {
    return { status: "ok", records: await query };
  } catch (error) {
    // By its shape, not its class: under jest, Node's own errors are of another realm.
    const code = String((error as { code?: unknown }).code ?? error);
    if (code === "ENODATA") return { status: "ok", records: [] };
    return { status: code === "ENOTFOUND" ? "nxdomain" : "servfail", detail: code };
  }
}

/** node:dns gives `{critical: 128, issue: "ca.example"}`: the tag is the other member's name. */
function caaRecord(record: NodeCaaRecord): CaaRecord {
  const [tag = "", value = ""] = Object.entries(record).find(([key]) => key !== "critical" && key !== "type") ?? [];
  return { critical: (record.critical & 128) !== 0, tag: tag.toLowerCase(), value: String(value) };
}
