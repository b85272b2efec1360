import type { Resolver } from "../../core/preflight/ports";
import { AuthoritativeResolver, type AuthorityOptions } from "./authoritative-resolver";
import { DnsQueries } from "./queries";

/** Public resolvers that validate DNSSEC, as CAs must: a broken signature is an error here as it is there. */
const PUBLIC_RESOLVERS = ["1.1.1.1:53", "8.8.8.8:53"];

/** The public view of DNS through the given recursive resolvers, never through the machine's own. */
export class DnsResolver extends DnsQueries implements Resolver {
  /**
   * @param servers `address:port`, asked in this order
   * @param authority which zones' own name servers may be asked
   */
  constructor(
    servers: readonly string[] = PUBLIC_RESOLVERS,
    private readonly authority: AuthorityOptions = {},
  ) {
    super(servers);
  }

  authoritative(name: string): Promise<Resolver | undefined> {
    return AuthoritativeResolver.find(name, this, this.authority);
  }
}
