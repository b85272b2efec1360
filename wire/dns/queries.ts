import { promises as dns } from "node:dns";
import type { CaaAnswer, DnsAnswer } from "../../core/preflight/ports";
import { queryCaa } from "./caa-query";

/** Single DNS questions to given servers. Nothing is cached, nothing throws. */
export class DnsQueries {
  private readonly resolver: dns.Resolver;

  /** @param servers `address:port`, asked in this order */
  constructor(private readonly servers: readonly string[]) {
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

  txt(name: string): Promise<DnsAnswer<string>> {
    return answer(this.resolver.resolveTxt(name).then((records) => records.map((parts) => parts.join(""))));
  }

  caa(name: string): Promise<CaaAnswer> {
    return queryCaa(name, this.servers);
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
