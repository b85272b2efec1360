import { DAY, MINUTE, SECOND } from "../../core/base/clock";
import type { FrontItem } from "../../core/record/record";
import { FrontLog } from "../../front/agent/front-log";
import { KeysUnreachableError } from "../../front/agent/key-opener";
import { Sync } from "../../front/agent/sync";
import { FakeFront } from "../../testing/fake-front";
import { MemoryStore } from "../../testing/memory-store";
import { AwsError } from "../../wire/aws/client";

/** A front's looks at the table with the agent's own parts, on the fake HAProxy. */
describe("a front's look at the table", () => {
  let front: FakeFront;
  let store: MemoryStore;
  let sync: Sync;
  let lines: Record<string, unknown>[];
  let readiness: boolean[];
  /** Since when the table was asked, for each look. */
  let since: number[];
  let pageSize: number;

  beforeEach(async () => {
    front = await FakeFront.start();
    store = new MemoryStore(front.clock);
    pageSize = 100;
    newAgent();
  });
  afterEach(() => front.stop());

  const newAgent = (): void => {
    [lines, readiness, since] = [[], [], []];
    const log = new FrontLog({ logGroup: "", front: "f", region: "" }, (line) => lines.push(JSON.parse(line)));
    const pages: Pick<MemoryStore, "frontItemsSince" | "putHeartbeat" | "removeHeartbeat"> = {
      putHeartbeat: () => Promise.resolve(),
      removeHeartbeat: () => Promise.resolve(),
      frontItemsSince: async (from, cursor, held) => {
        since.push(from);
        const { items } = await store.frontItemsSince(from);
        const [begin, end] = [Number(cursor ?? 0), Number(cursor ?? 0) + pageSize];
        const page = items.slice(begin, end).filter(({ domain, revision }) => !held?.(domain, revision));
        return { items: page, ...(end < items.length && { cursor: String(end) }) };
      },
    };
    sync = new Sync(pages, front.tenants, front.client, log, front.clock, async (ready) => void readiness.push(ready));
  };
  const put = async (item: FrontItem): Promise<number> => {
    front.clock.advance(1);
    const revision = front.clock.now();
    await store.putFrontItem({ ...item, revision });
    return revision;
  };
  const told = (message: string) => lines.filter((line) => line.message === message);
  const failure = (domain: string) => sync.failures.get(domain);

  it("goes page by page to the end, and says when it was complete", async () => {
    pageSize = 2;
    for (const name of ["a", "b", "c", "d", "e"]) await put(front.issued(`${name}.example`));
    expect(await sync.once()).toBe(5);
    expect([front.tenants.certificates, sync.completeAt]).toEqual([5, front.clock.now()]);
    expect(await sync.once()).toBe(0);
  });

  it("is of all at first and once a day, else of what changed in the last two minutes", async () => {
    const last = await put(front.issued("a.example"));
    await sync.once();
    await sync.once();
    front.clock.advance(DAY - 1);
    await sync.once();
    front.clock.advance(1);
    await sync.once();
    await sync.once();
    const changed = last - 2 * MINUTE;
    expect(since).toEqual([0, changed, changed, 0, changed]);
  });

  it("tells the log of each change but those of the first look", async () => {
    await put(front.issued("a.example"));
    await sync.once();
    expect(told("tenant applied")).toEqual([]);
    const revision = await put(front.issued("a.example"));
    await sync.once();
    expect(told("tenant applied")).toEqual([
      {
        ...{ level: "INFO", message: "tenant applied", tenant: "a.example", revision },
        ...{ removed: false, ms: 0, front: "f" },
      },
    ]);
  });

  it("tells of a HAProxy that it took on which version it is, and of how many certificates", async () => {
    await put(front.issued("a.example"));
    await sync.once();
    expect(told("haproxy adopted")).toMatchObject([{ version: "2.6.12", certificates: 0 }]);
    sync.distrustHaproxy();
    await sync.once();
    expect(told("haproxy adopted")).toHaveLength(2);
  });

  it("brings a HAProxy that was started again to what is held, drops what nobody holds, and opens its gate", async () => {
    await put(front.issued("a.example"));
    await sync.once();
    await front.restartHaproxy();
    front.haproxy.maps.get(front.paths.policyMap)?.set("gone.example", "gone.example|r|-|n|-");
    await sync.once();
    expect([front.served("a.example"), front.policy("gone.example")]).toEqual([expect.any(String), undefined]);
    expect([readiness, sync.haproxyInfo?.process]).toEqual([[true, true], "2@1700000060"]);
  });

  it("takes what nobody holds out of HAProxy after the first one only", async () => {
    front.haproxy.maps.get(front.paths.policyMap)?.set("gone.example", "gone.example|r|-|n|-");
    await sync.followHaproxy();
    expect(front.policy("gone.example")).toBeDefined();
    await sync.once();
    expect(front.policy("gone.example")).toBeUndefined();
  });

  it("does not know HAProxy while that does not answer", async () => {
    await sync.once();
    await front.process.stop();
    await expect(sync.once()).rejects.toThrow("HAProxy does not answer");
    expect(sync.haproxyInfo).toBeUndefined();
  });

  it("takes out what waited for heirs that have come", async () => {
    await put(front.issued("a.example", { aliases: ["www.example"] }));
    await sync.once();
    const heirs = [{ domain: "b.example", revision: 1 }];
    await put(front.issued("a.example", {}, { heirs }));
    await sync.once();
    expect(front.policy("www.example")).toMatch(/^a\.example/);
    await put(front.issued("b.example"));
    await sync.once();
    expect(front.policy("www.example")).toBeUndefined();
  });

  it("lists what is applied in part, says why, and tries it again", async () => {
    const revision = await put(front.issued("a.example", { upstream: "http://app.internal:80" }));
    await sync.once();
    const problem = "getaddrinfo ENOTFOUND app.internal";
    expect([failure("a.example"), told("tenant applied in part")]).toMatchObject([
      { problem, revision, attempts: 1, unserved: false, machine: false },
      [{ level: "WARN", tenant: "a.example", revision, problem }],
    ]);
    front.addresses.set("app.internal", ["10.0.0.7"]);
    front.clock.advance(SECOND - 1);
    expect(await sync.once()).toBe(0);
    front.clock.advance(1);
    expect(await sync.once()).toBe(1);
    expect(sync.failures.size).toBe(0);
  });

  it("lists what could not be applied, and says why", async () => {
    front.haproxy.instead = (command) => (command.startsWith("commit ssl cert") ? "[3]: no more memory" : undefined);
    const revision = await put(front.issued("a.example"));
    await sync.once();
    expect([failure("a.example"), told("tenant not applied")]).toMatchObject([
      { problem: expect.stringContaining("no more memory"), unserved: true, machine: false },
      [{ level: "WARN", tenant: "a.example", revision, error: expect.stringContaining("HaproxyRefusedError") }],
    ]);
  });

  it("counts a failed change's attempts anew when it is another change", async () => {
    const upstream = "http://app.internal:80";
    await put(front.issued("a.example", { upstream }));
    for (let round = 0; round < 3; round++) {
      await sync.once();
      front.clock.advance(MINUTE);
    }
    expect(failure("a.example")?.attempts).toBe(3);
    await put(front.issued("a.example", { upstream }));
    await sync.once();
    expect(failure("a.example")?.attempts).toBe(1);
  });

  it("begins its first load again where no key can be opened, and later lists only whom it is about", async () => {
    const error = new KeysUnreachableError(new AwsError("KMSInternalException", "Decrypt", "not now"));
    const refuse = async (): Promise<string> => {
      throw error;
    };
    front.opening = refuse;
    await put(front.issued("a.example"));
    await expect(sync.once()).rejects.toThrow(error);
    expect([sync.loaded, sync.failures.size]).toEqual([false, 0]);
    front.opening = undefined;
    await sync.once();
    front.opening = refuse;
    await put(front.issued("a.example"));
    await sync.once();
    expect(failure("a.example")?.problem).toBe(error.message);
  });

  describe("after a HAProxy that did not take a tenant", () => {
    beforeEach(async () => {
      await put(front.issued("a.example"));
      await sync.once();
      await front.restartHaproxy();
      front.haproxy.instead = (command) => (command.startsWith("set ssl cert") ? "[3]: no more memory" : undefined);
    });

    it("lists it with its revision, and brings it there when that goes", async () => {
      await sync.once();
      expect(failure("a.example")).toMatchObject({
        problem: expect.stringContaining("no more memory"),
        revision: front.tenants.get("a.example")?.revision,
        unserved: true,
        machine: false,
      });
      front.haproxy.instead = () => undefined;
      front.clock.advance(SECOND);
      const asked = since.length;
      await sync.once();
      expect([sync.failures.size, front.served("a.example")]).toEqual([0, expect.any(String)]);
      expect(since.slice(asked).includes(0)).toBe(false);
    });

    it("reads it from the table again where it fails again: its files may be at fault", async () => {
      await sync.once();
      front.clock.advance(SECOND);
      await sync.once();
      expect(since.at(-1)).toBe(0);
      front.haproxy.instead = () => undefined;
      front.clock.advance(MINUTE);
      await sync.once();
      expect([sync.failures.size, front.served("a.example")]).toEqual([0, expect.any(String)]);
    });

    it("does not serve less for it than before: it stays in traffic", async () => {
      await sync.once();
      expect([sync.ready, readiness]).toEqual([true, [true, true]]);
    });

    it("is over at once where HAProxy does not answer", async () => {
      await sync.once();
      front.clock.advance(SECOND);
      front.haproxy.instead = (command) => {
        if (command.includes("ssl cert")) front.process.cut();
        return undefined;
      };
      await expect(sync.once()).rejects.toThrow("HAProxy does not answer");
      expect(failure("a.example")?.attempts).toBe(1);
    });
  });

  it("forgets whom the table does not show in two complete looks, and says so", async () => {
    await put(front.issued("a.example"));
    await sync.once();
    await front.apply(front.issued("ghost.example"));
    for (let day = 0; day < 2; day++) {
      expect(front.served("ghost.example")).toBeDefined();
      front.clock.advance(DAY);
      await sync.once();
    }
    expect([front.served("ghost.example"), front.tenants.get("ghost.example")]).toEqual([undefined, undefined]);
    expect(told("tenant forgotten by the table")).toMatchObject([{ level: "INFO", tenant: "ghost.example" }]);
    expect(front.served("a.example")).toBeDefined();
  });
});
