import { checkShards } from "../../lambdas/expiry-monitor/check-shards";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import type { Handshake } from "../../lambdas/expiry-monitor/handshake";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { tableOver } from "../../testing/monitor-table";
import { certificateSummary, tenantRecord } from "../../testing/records";

it("a batch of the monitor looks at 24 tenants at once", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  for (let n = 0; n < 60; n++) {
    const domain = `t${n}.example`;
    await store.createTenant(tenantRecord(domain, clock.now(), { certificate: certificateSummary(domain) }));
  }
  let [running, most] = [0, 0];
  const handshake: Handshake = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return { status: "refused", detail: "as told" };
  };
  const none = async () => ({ status: "none" as const, nameExists: true });
  const context = {
    clock,
    table: tableOver(store),
    journal: new Journal("test", clock, () => undefined),
    addresses: ["192.0.2.1"],
    cnameTarget: "lb.example",
    cas: [],
    httpsPort: 443,
    timeScale: 1,
    dns: { a: none, aaaa: none, caa: async () => ({ status: "ok" as const, records: [] }) },
    hasTime: () => true,
    handshake,
  };
  expect(await checkShards({ shards: [0] }, context)).toBeUndefined();
  expect(most).toBe(24);
});
