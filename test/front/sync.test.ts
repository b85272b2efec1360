import { DAY, MINUTE, SECOND } from "../../core/base/clock";
import type { FrontItem } from "../../core/record/record";
import type { FrontLog } from "../../front/agent/front-log";
import type { Haproxy } from "../../front/agent/haproxy";
import { HaproxyUnreachableError } from "../../front/agent/haproxy-socket";
import { Sync } from "../../front/agent/sync";
import type { TenantSet } from "../../front/agent/tenant-set";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";
import { frontItem } from "../../testing/records";

/** What a front decides to read and to apply; HAProxy and the files are doubles here (failures.test.ts has the real ones). */
describe("a front's sync", () => {
  let clock: ManualClock;
  let store: MemoryStore;
  let sync: Sync;
  let held: Map<string, FrontItem>;
  let applied: string[];
  let read: string[];
  let problems: Map<string, Error>;
  let process: string;
  let proven: string[];
  let adopted: number;
  let ready: number;
  let readiness: boolean[];
  /** HAProxy is gone when it is told of readiness. */
  let untold: boolean;
  let atOnce: number;
  let mostAtOnce: number;

  beforeEach(() => {
    clock = new ManualClock();
    store = new MemoryStore(clock);
    held = new Map();
    applied = [];
    read = [];
    problems = new Map();
    proven = [];
    process = "1";
    adopted = 0;
    ready = 0;
    readiness = [];
    untold = false;
    [atOnce, mostAtOnce] = [0, 0];
    const tenants = {
      get: (domain: string) => held.get(domain),
      all: () => held.values(),
      get certificates() {
        return held.size;
      },
      adopt: async () => {
        adopted++;
        return new Map();
      },
      dropUnheld: async () => undefined,
      unloadDeparted: async () => undefined,
      apply: async (item: FrontItem, prove: boolean) => {
        if (prove) proven.push(item.domain);
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        await new Promise(setImmediate);
        atOnce--;
        const problem = problems.get(item.domain);
        if (problem) throw problem;
        applied.push(`${item.removed ? "-" : "+"}${item.domain}`);
        if (item.removed) held.delete(item.domain);
        else held.set(item.domain, item);
      },
    };
    const haproxy = { info: async () => ({ version: "3.0.11", process }) };
    const log = { info: () => undefined, warn: () => undefined };
    const counted = {
      removeHeartbeat: async () => {},
      putHeartbeat: () => Promise.resolve(),
      frontItemsSince: async (...args: Parameters<MemoryStore["frontItemsSince"]>) => {
        const page = await store.frontItemsSince(...args);
        read.push(...page.items.map((item) => item.domain));
        return page;
      },
    };
    sync = new Sync(
      counted,
      tenants as unknown as TenantSet,
      haproxy as unknown as Haproxy,
      log as unknown as FrontLog,
      clock,
      async (isReady) => {
        ready++;
        if (untold) throw new HaproxyUnreachableError("/run/x");
        readiness.push(isReady);
      },
    );
  });

  const put = async (domain: string, changes: Partial<FrontItem> = {}): Promise<number> => {
    clock.advance(1);
    const revision = clock.now();
    await store.putFrontItem(frontItem(domain, revision, changes));
    return revision;
  };

  it("is ready after the first complete look, also at an empty table, and says so once", async () => {
    await sync.once();
    await sync.once();
    expect([sync.loaded, ready, adopted]).toEqual([true, 1, 1]);
  });

  it("applies each change once, whatever the number of looks, and reads no item twice", async () => {
    await put("a.example");
    await sync.once();
    const last = await put("b.example");
    for (let look = 0; look < 3; look++) await sync.once();
    expect(applied).toEqual(["+a.example", "+b.example"]);
    expect(read).toEqual(["a.example", "b.example"]);
    expect(sync.revision).toBe(last);
  });

  it("proves one in fifty of a full load by a handshake, and every change after it", async () => {
    for (let n = 0; n < 120; n++) await put(`t${n}.example`);
    await sync.once();
    expect(applied).toHaveLength(120);
    expect(proven).toHaveLength(3);
    await put("one.example");
    await put("two.example");
    await sync.once();
    expect(proven.slice(3)).toEqual(["one.example", "two.example"]);
  });

  it("applies 32 tenants at once", async () => {
    for (let n = 0; n < 80; n++) await put(`t${n}.example`);
    await sync.once();
    expect([applied.length, mostAtOnce]).toEqual([80, 32]);
  });

  it("finds a change that the index shows late, behind newer ones", async () => {
    await sync.once();
    await put("newer.example");
    await sync.once();
    await store.putFrontItem(frontItem("late.example", clock.now() - MINUTE));
    await sync.once();
    expect(applied).toEqual(["+newer.example", "+late.example"]);
  });

  it("reads a tombstone once", async () => {
    await put("a.example", { removed: true });
    for (let look = 0; look < 3; look++) await sync.once();
    expect(applied).toEqual(["-a.example"]);
  });

  it("lists a tenant that cannot be applied, lets the others pass, and tries again later and later", async () => {
    problems.set("bad.example", new Error("no"));
    await put("bad.example");
    const last = await put("good.example");
    await sync.once();
    expect(applied).toEqual(["+good.example"]);
    expect(sync.revision).toBe(last);
    const attempts: number[] = [];
    for (let second = 0; second < 300; second++) {
      const before = sync.failures.get("bad.example")?.attempts;
      await sync.once();
      if (sync.failures.get("bad.example")?.attempts !== before) attempts.push(second);
      clock.advance(SECOND);
    }
    expect(attempts).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
    problems.clear();
    clock.advance(10 * MINUTE);
    await sync.once();
    expect(applied).toEqual(["+good.example", "+bad.example"]);
    expect(sync.failures.size).toBe(0);
  });

  it("claims nothing while HAProxy does not answer, and goes on when it does", async () => {
    problems.set("a.example", new HaproxyUnreachableError("/run/x"));
    await put("a.example");
    await expect(sync.once()).rejects.toThrow(HaproxyUnreachableError);
    expect([sync.revision, sync.loaded, sync.failures.size]).toEqual([0, false, 0]);
    problems.clear();
    await sync.once();
    expect(applied).toEqual(["+a.example"]);
  });

  it("adopts an HAProxy process that it does not know", async () => {
    await sync.once();
    process = "2";
    await sync.once();
    expect([adopted, ready]).toEqual([2, 2]);
  });

  it("forgets a tenant only after two complete walks, a day apart, that did not show it", async () => {
    await put("a.example");
    await put("b.example");
    await sync.once();
    // Its tombstone came and went while this front was away.
    held.set("ghost.example", frontItem("ghost.example", 1));
    clock.advance(DAY);
    await sync.once();
    expect(held.has("ghost.example")).toBe(true);
    clock.advance(DAY);
    await sync.once();
    expect([...held.keys()]).toEqual(["a.example", "b.example"]);
  });

  it("forgets nobody at an empty table, however often it is looked at", async () => {
    held.set("a.example", frontItem("a.example", 1));
    for (let day = 0; day < 5; day++) {
      await sync.once();
      clock.advance(DAY);
    }
    expect([...held.keys()]).toEqual(["a.example"]);
  });

  describe("readiness", () => {
    const refused = new Error("unable to load certificate");
    const diskFull = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const names = (count: number) => Array.from({ length: count }, (_, at) => `t${at}.example`);

    it.each([
      { listed: 3, failing: 1, expected: false },
      { listed: 100, failing: 1, expected: true },
      { listed: 100, failing: 2, expected: false },
      { listed: 1, failing: 1, expected: false },
      { listed: 0, failing: 0, expected: true },
    ])("of a new front that cannot serve $failing of $listed: $expected", async ({ listed, failing, expected }) => {
      for (const domain of names(listed)) await put(domain);
      for (const domain of names(failing)) problems.set(domain, refused);
      await sync.once();
      expect([sync.loaded, sync.ready]).toEqual([true, expected]);
      expect([...sync.failures.keys()].sort()).toEqual(names(failing));
    });

    it("comes as soon as enough is served", async () => {
      await put("a.example");
      problems.set("a.example", refused);
      await sync.once();
      problems.clear();
      clock.advance(SECOND);
      await sync.once();
      expect(readiness).toEqual([true]);
    });

    it("goes when the front's own disk refuses a change, and comes back with it", async () => {
      await put("a.example");
      await sync.once();
      problems.set("a.example", diskFull);
      await put("a.example");
      await sync.once();
      problems.clear();
      clock.advance(SECOND);
      await sync.once();
      expect(readiness).toEqual([true, false, true]);
    });

    it("is never denied to a new HAProxy by an agent that could not say it to the one before", async () => {
      await put("a.example");
      untold = true;
      await expect(sync.once()).rejects.toThrow(HaproxyUnreachableError);
      expect([sync.loaded, sync.ready]).toEqual([true, false]);
      untold = false;
      process = "2";
      await sync.once();
      expect(readiness).toEqual([true]);
    });

    it("stays when a change is refused that every other front refuses as well: what was served before still is", async () => {
      await put("a.example");
      await sync.once();
      problems.set("a.example", refused);
      await put("a.example");
      await sync.once();
      expect([readiness, [...sync.failures.keys()]]).toEqual([[true], ["a.example"]]);
    });
  });
});
