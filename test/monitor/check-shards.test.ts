import { checkShards } from "../../lambdas/expiry-monitor/check-shards";
import { Journal } from "../../lambdas/expiry-monitor/emf";
import type { Handshake } from "../../lambdas/expiry-monitor/handshake";
import { callsAtOnce } from "../../testing/at-once";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { tableOver } from "../../testing/monitor-table";
import { certificateSummary, tenantRecord } from "../../testing/records";

const handshake: Handshake = async () => ({ status: "refused", detail: "as told" });

it("a batch of the monitor looks at 24 tenants at once", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  for (let n = 0; n < 60; n++) {
    const domain = `t${n}.example`;
    await store.createTenant(tenantRecord(domain, clock.now(), { certificate: certificateSummary(domain) }));
  }
  const { counted, most } = callsAtOnce({ handshake });
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
    handshake: counted.handshake,
  };
  expect(await checkShards({ shards: [0] }, context)).toBeUndefined();
  expect(most.get("handshake")).toBe(24);
});
