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

describe("what a heartbeat says", () => {
  const current = (sync: object, selfCheck: object = {}, outdated: readonly string[] = []) => {
    const clock = new ManualClock(5_000);
    const parts = {
      store: new MemoryStore(clock),
      sync: { revision: 7_000, completeAt: 0, ready: true, failures: new Map(), ...sync },
      tenants: { certificates: 3 },
      selfCheck,
    } as unknown as ConstructorParameters<typeof FrontHeartbeat>[1];
    const identity = { front: "f", role: "AROAFRONT", agentVersion: "1", thumbprint: "t", opensKeys: true };
    const heartbeat = new FrontHeartbeat(identity, parts, clock);
    heartbeat.outdated = outdated;
    return heartbeat.current();
  };
  const haproxyInfo = { version: "3.0", process: "1", startedAt: 1 };

  it("is who the front is, when, and what it has reached and serves", () => {
    expect(current({ haproxyInfo })).toEqual({
      ...{ front: "f", role: "AROAFRONT", agentVersion: "1", thumbprint: "t", opensKeys: true },
      ...{ at: 5_000, revision: 7_000, certificates: 3, haproxyVersion: "3.0", ready: true, failed: [] },
    });
  });

  it("is that it takes no traffic where HAProxy does not answer", () => {
    expect(current({})).toMatchObject({ haproxyVersion: "not reachable", ready: false });
    expect(current({ haproxyInfo, ready: false })).toMatchObject({ haproxyVersion: "3.0", ready: false });
  });

  it("is when it had last read all changes, once it has", () => {
    expect([current({ completeAt: 4_000 }).caughtUpAt, current({})]).toEqual([
      4_000,
      expect.not.objectContaining({ caughtUpAt: expect.anything() }),
    ]);
  });

  it("is which tenants it fails and why, and what of its software is not what is installed", () => {
    const failures = new Map([
      ["b.example", { revision: 2, problem: "no" }],
      ["a.example", { revision: 1, problem: "never" }],
    ]);
    const selfCheck = { checked: 3, mismatches: [] };
    const said = current({ haproxyInfo, failures }, { latest: selfCheck }, ["OpenSSL"]);
    expect(said).toMatchObject({ selfCheck, outdated: ["OpenSSL"], revision: 7_000 });
    expect(said.failed).toEqual([
      { domain: "a.example", problem: "never" },
      { domain: "b.example", problem: "no" },
    ]);
  });

  it("is no higher than what it has reached, whatever it fails", () => {
    const failures = new Map(
      Array.from({ length: 501 }, (_, at) => [`t${at}.example`, { revision: 8_000, problem: "x" }]),
    );
    expect(current({ failures }).revision).toBe(7_000);
  });
});
