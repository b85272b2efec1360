import { FrontHeartbeat } from "../../front/agent/heartbeat";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";

test("a front that stops in order says so, so that the monitor does not miss it", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  const parts = {
    store,
    sync: { revision: 7, ready: true, failures: new Map(), haproxyInfo: { version: "3.0" } },
    tenants: { certificates: 3 },
    selfCheck: {},
  } as unknown as ConstructorParameters<typeof FrontHeartbeat>[1];
  const log = {} as ConstructorParameters<typeof FrontHeartbeat>[2];
  const heartbeat = new FrontHeartbeat({ front: "f", agentVersion: "1" }, parts, log, clock);
  const ready = async () => (await store.heartbeats(clock.now(), 1_000)).map((beat) => beat.ready);

  await heartbeat.beat();
  expect(await ready()).toEqual([true]);
  await heartbeat.leave();
  expect(await ready()).toEqual([false]);
});
