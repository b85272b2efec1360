import { BlockList } from "node:net";
import type { CaaAnswer, DnsAnswer, Resolver } from "../../core/preflight/ports";
import { registeredDomain } from "../../core/tenant/domain-name";
import { DnsQueries } from "./queries";

export interface AuthorityOptions {
  /** Which name servers may be asked; default: those at public addresses, for a tenant's zone can name any. */
  readonly allows?: (address: string) => boolean;
  /** Default 53. */
  readonly port?: number;
}

const MOST_SERVERS = 4;

/** RFC 6890: addresses that nobody outside can have. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, "ipv4");
}

/**
 * Asks the name servers of a name's zone directly. Public resolvers keep "there is no such name" for as long as the zone
 * says, often an hour: a customer who has just created the record would wait that long, though CAs see it at once.
 */
export class AuthoritativeResolver implements Resolver {
  private constructor(
    private readonly queries: DnsQueries,
    private readonly recursive: Resolver,
  ) {}

  /**
   * @param recursive for finding the name servers, and for aliases into other zones
   * @returns undefined where the zone's servers cannot be found, or may not be asked
   */
  static async find(
    name: string,
    recursive: Resolver & { ns(name: string): Promise<DnsAnswer<string>> },
    { allows = isPublic, port = 53 }: AuthorityOptions = {},
  ): Promise<AuthoritativeResolver | undefined> {
    for (const zone of zonesOf(name)) {
      const servers = await recursive.ns(zone);
      if (servers.status !== "ok" || servers.records.length === 0) continue;
      const answers = await Promise.all(servers.records.slice(0, MOST_SERVERS).map((server) => recursive.a(server)));
      const addresses = answers.flatMap((answer) => (answer.status === "ok" ? answer.records : [])).filter(allows);
      if (addresses.length === 0) return undefined;
      return new AuthoritativeResolver(new DnsQueries(addresses.map((address) => `${address}:${port}`)), recursive);
    }
    return undefined;
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return this.followed(name, (resolver, at) => resolver.a(at));
  }

  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.followed(name, (resolver, at) => resolver.aaaa(at));
  }

  txt(name: string): Promise<DnsAnswer<string>> {
    return this.followed(name, (resolver, at) => resolver.txt(at));
  }

  /** An alias is named as the records' owner, wherever it leads. */
  async caa(name: string): Promise<CaaAnswer> {
    const answer = await this.queries.caa(name);
    if (answer.status !== "ok" || answer.records.length > 0) return answer;
    const target = await this.aliasOf(name);
    if (target === undefined) return answer;
    const there = await this.recursive.caa(target);
    return there.status === "ok" && there.records.length > 0 ? { owner: target, ...there } : there;
  }

  cname(name: string): Promise<DnsAnswer<string>> {
    return this.queries.cname(name);
  }

  /** A zone's server says what it knows; where an alias leads out of the zone, others go on. */
  private async followed<T>(
    name: string,
    ask: (resolver: Pick<Resolver, "a" | "aaaa" | "txt">, name: string) => Promise<DnsAnswer<T>>,
  ): Promise<DnsAnswer<T>> {
    const answer = await ask(this.queries, name);
    if (answer.status === "ok" && answer.records.length > 0) return answer;
    const target = await this.aliasOf(name);
    return target === undefined ? answer : ask(this.recursive, target);
  }

  private async aliasOf(name: string): Promise<string | undefined> {
    const alias = await this.queries.cname(name);
    return alias.status === "ok" ? alias.records[0]?.toLowerCase() : undefined;
  }
}

/** The name and its parents, down to the registered domain. */
function zonesOf(name: string): string[] {
  const end = registeredDomain(name) ?? name;
  const labels = name.split(".");
  const depth = labels.length - end.split(".").length;
  return Array.from({ length: depth + 1 }, (_, level) => labels.slice(level).join("."));
}

function isPublic(address: string): boolean {
  return !NOT_PUBLIC.check(address, "ipv4");
}
