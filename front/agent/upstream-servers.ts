import * as dns from "node:dns/promises";
import * as net from "node:net";
import type { Haproxy } from "./haproxy";
import type { HaproxyMirror } from "./haproxy-mirror";
import type { Reach } from "./reach";
import type { PlacedUpstream } from "./upstream-file";
import { type ServerName, serverArgs, serverOf, urlOf } from "./upstreams";

/** Addresses of a host name; throws what the lookup ended with. */
export type Lookup = (host: string) => Promise<readonly string[]>;

const systemLookup: Lookup = async (host) => (await dns.lookup(host, { all: true })).map((one) => one.address);

/**
 * Upstreams as HAProxy's run-time servers. Servers added at run time take addresses, not names, so names are looked up here, and
 * again every half minute.
 */
export class UpstreamServers {
  private readonly known = new Map<string, { server: ServerName; address: string }>();

  constructor(
    private readonly haproxy: Haproxy,
    private readonly reach: Reach,
    private readonly lookup: Lookup = systemLookup,
  ) {}

  /**
   * Makes the server of an upstream when HAProxy has none. Throws RangeError where the front must not connect, HaproxyRefusedError or
   * what the lookup ended with.
   */
  async ensure(upstream: string, mirror: HaproxyMirror): Promise<void> {
    const server = serverOf(upstream);
    const loaded = mirror.servers.get(server.name);
    if (loaded !== undefined) {
      if (this.reach(loaded, server.port) === undefined) {
        this.known.set(server.name, { server, address: loaded });
        return;
      }
      // From the time before the address was refused.
      await this.haproxy.removeServer(server.backend, server.name);
      mirror.servers.delete(server.name);
    }
    const address = this.known.get(server.name)?.address ?? (await this.addressOf(server));
    if (mirror.servers.has(server.name)) return; // another tenant with the same upstream was faster
    mirror.servers.set(server.name, address);
    try {
      await this.haproxy.addServer(server.backend, server.name, serverArgs(server, address));
    } catch (error) {
      mirror.servers.delete(server.name);
      throw error;
    }
    this.known.set(server.name, { server, address });
  }

  /** Follows names to their present addresses. A name that cannot be looked up keeps the address it had. */
  async followNames(mirror: HaproxyMirror): Promise<boolean> {
    let changed = false;
    for (const [name, known] of this.known) {
      if (net.isIP(known.server.host) !== 0) continue;
      const found = await this.lookup(known.server.host).catch((): readonly string[] => []);
      const addresses = found.filter((address) => this.reach(address, known.server.port) === undefined);
      const first = preferred(addresses);
      if (first === undefined || addresses.includes(known.address)) continue;
      await this.haproxy.setServerAddress(known.server.backend, name, first);
      this.known.set(name, { server: known.server, address: first });
      mirror.servers.set(name, first);
      changed = true;
    }
    return changed;
  }

  /** Removes servers that no tenant names any more; one with connections is left for the next time. */
  async removeUnused(wanted: ReadonlySet<string>, mirror: HaproxyMirror): Promise<boolean> {
    let changed = false;
    for (const name of [...mirror.servers.keys()].filter((one) => !wanted.has(one))) {
      const backend = name.slice(0, name.indexOf("-"));
      if (!(await this.haproxy.removeServer(backend, name))) continue;
      mirror.servers.delete(name);
      this.known.delete(name);
      changed = true;
    }
    return changed;
  }

  /** Where each was last found, for the next haproxy.cfg. */
  placed(): PlacedUpstream[] {
    return [...this.known.values()]
      .map(({ server, address }) => ({ url: urlOf(server), address }))
      .sort((a, b) => (a.url < b.url ? -1 : 1));
  }

  private async addressOf(server: ServerName): Promise<string> {
    const found = net.isIP(server.host) !== 0 ? [server.host] : await this.lookup(server.host);
    const first = preferred(found.filter((address) => this.reach(address, server.port) === undefined));
    if (first !== undefined) return first;
    const [refused] = found;
    if (refused === undefined) throw new Error(`${server.host} has no address`);
    throw new RangeError(`the upstream ${server.host}:${server.port} (${refused}) ${this.reach(refused, server.port)}`);
  }
}

/** The same one on every front; IPv4 where there is one, as instances need not have IPv6. */
function preferred(addresses: readonly string[]): string | undefined {
  const sorted = [...addresses].sort();
  return sorted.find((address) => net.isIPv4(address)) ?? sorted[0];
}
