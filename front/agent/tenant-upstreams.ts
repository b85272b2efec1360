import type { FrontSettings } from "../settings";
import { isUnreachable } from "./faults";
import type { HaproxyMirror } from "./haproxy-mirror";
import type { HeldTenant } from "./held-tenant";
import type { UpstreamServers } from "./upstream-servers";
import { serverNameOf } from "./upstreams";

/** Which upstreams tenants name, and whether HAProxy has servers for them. */
export class TenantUpstreams {
  private unused = new Set<string>();

  constructor(
    private readonly settings: Pick<FrontSettings, "defaultUpstream">,
    private readonly servers: UpstreamServers,
  ) {}

  async ensure(held: HeldTenant, mirror: HaproxyMirror): Promise<void> {
    const upstream = this.of(held);
    if (upstream !== undefined) await this.servers.ensure(upstream, mirror);
  }

  /** Follows names to their present addresses, and makes servers that are missing. @returns whether anything changed */
  async follow(tenants: Iterable<HeldTenant>, mirror: HaproxyMirror): Promise<boolean> {
    for (const held of tenants) {
      await this.ensure(held, mirror).catch((error: unknown) => {
        // That tenant's own trouble, reported where its change was applied: the others' names are followed all the same.
        if (isUnreachable(error)) throw error;
      });
    }
    return this.servers.followNames(mirror);
  }

  /** Forgets those that no tenant names any more. @returns whether there were any */
  async dropUnused(tenants: Iterable<HeldTenant>, mirror: HaproxyMirror): Promise<boolean> {
    const wanted = new Set<string>();
    for (const held of tenants) {
      const upstream = this.of(held);
      if (upstream !== undefined) wanted.add(serverNameOf(upstream));
    }
    if (this.settings.defaultUpstream) wanted.add(serverNameOf(this.settings.defaultUpstream));
    // Unused twice in a row: a tenant on its way in may have asked for one and not be held yet.
    const unused = [...mirror.servers.keys()].filter((name) => !wanted.has(name));
    for (const name of unused) if (!this.unused.has(name)) wanted.add(name);
    this.unused = new Set(unused);
    return this.servers.removeUnused(wanted, mirror);
  }

  private of({ tenant }: HeldTenant): string | undefined {
    return tenant.upstream ?? this.settings.defaultUpstream;
  }
}
