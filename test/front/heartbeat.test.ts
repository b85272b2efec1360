import type { Heartbeat } from "../../core/record/record";
import { FrontHeartbeat } from "../../front/agent/heartbeat";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";

/** A front at revision 7,000 that fails these tenants. */
function setUp(failures: ReadonlyMap<string, { revision: number; problem: string }> = new Map()) {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  const parts = {
    store,
    sync: { revision: 7_000, ready: true, failures, haproxyInfo: { version: "3.0" } },
    tenants: { certificates: 3 },
    selfCheck: {},
  } as unknown as ConstructorParameters<typeof FrontHeartbeat>[1];
  const identity = { front: "f", role: "AROAFRONT", agentVersion: "1" };
  const heartbeat = new FrontHeartbeat(identity, parts, clock);
  const seen = (): Promise<readonly Heartbeat[]> => store.heartbeats(clock.now(), 1_000);
  return { heartbeat, seen };
}

test("a front that stops in order takes its heartbeat away, so that the monitor does not miss it", async () => {
  const { heartbeat, seen } = setUp();
  await heartbeat.beat();
  expect(await seen()).toMatchObject([{ front: "f", role: "AROAFRONT", ready: true }]);
  await heartbeat.leave();
  expect(await seen()).toEqual([]);
});

test("of more failed tenants than one heartbeat can name, those not named count as not reached", () => {
  const failures = Array.from(
    { length: 600 },
    (_, n) => [`t${n}.example`, { revision: 1_000 + n, problem: "x" }] as const,
  );
  const { heartbeat } = setUp(new Map([...failures].reverse()));
  const { failed, revision } = heartbeat.current();
  const named = new Set(failed.map(({ domain }) => domain));
  expect(named.size).toBe(500);
  for (const [domain, failure] of failures) {
    expect([domain, named.has(domain) || failure.revision > revision]).toEqual([domain, true]);
  }
});

test("as many as it can name change nothing about what it has reached", () => {
  const failures = Array.from(
    { length: 500 },
    (_, n) => [`t${n}.example`, { revision: 1_000 + n, problem: "x" }] as const,
  );
  expect(setUp(new Map(failures)).heartbeat.current().revision).toBe(7_000);
});
