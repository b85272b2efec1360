import type { MonitorTable } from "../lambdas/expiry-monitor/monitor-table";
import type { MemoryStore } from "./memory-store";

/** The monitor's view of a store in memory. All tenants lie in the first shard. */
export function tableOver(store: MemoryStore): MonitorTable {
  return {
    tenants: async (shard) => (shard === 0 ? store.listTenants() : { items: [] }),
    tenant: async (_shard, domain) => (await store.listTenants()).items.find((entry) => entry.domain === domain),
    servedStates: async (domains) => {
      const states = await Promise.all(domains.map((domain) => store.servedState(domain)));
      return new Map(states.flatMap((state) => (state ? [[state.domain, state] as const] : [])));
    },
    putServedState: (state) => store.putServedState(state),
    heartbeats: async () => store.heartbeatItems(),
  };
}
