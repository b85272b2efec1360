import { generateKeyPairSync } from "node:crypto";
import { HOUR, MINUTE } from "../../core/base/clock";
import { SealError } from "../../core/seal/envelope";
import type { Opener } from "../../core/seal/opener";
import { KeyRing } from "../../front/agent/key-ring";
import { TestDataKeys } from "../../testing/data-keys";
import { ManualClock } from "../../testing/manual-clock";
import { MemoryStore } from "../../testing/memory-store";

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const TENANT = "a.example";
const PROCESSES = 30;

/** The ring that fronts find: what a front costs KMS that starts after something happened to it. */
describe("the ring of data keys, while a front runs", () => {
  let clock: ManualClock;
  let store: MemoryStore;
  let kms: TestDataKeys;
  let sealed: string[];
  let running: { readonly ring: KeyRing; readonly keys: Opener };

  const front = () => {
    const keys = kms.opener();
    return { keys, ring: new KeyRing(store, keys, { warn: () => undefined }, clock) };
  };
  const callsOfNext = async (): Promise<number> => {
    const next = front();
    await next.ring.adopt();
    for (const key of sealed) await next.keys.privateKey(key, TENANT);
    return next.keys.calls;
  };
  /** What the agent does each minute. */
  const minutes = async (count: number): Promise<void> => {
    for (let minute = 0; minute < count; minute++) {
      clock.advance(MINUTE);
      await running.ring.handOn();
    }
  };

  beforeEach(async () => {
    clock = new ManualClock();
    store = new MemoryStore(clock);
    kms = new TestDataKeys();
    sealed = [];
    for (let process = 0; process < PROCESSES; process++) {
      sealed.push(await kms.sealer(clock).privateKey(KEY, TENANT));
    }
    running = front();
    await running.ring.adopt();
    for (const key of sealed) await running.keys.privateKey(key, TENANT);
    await minutes(1);
  });

  it("costs the next front one call, and the running one no further", async () => {
    const calls = running.keys.calls;
    await minutes(3 * 60);
    expect([await callsOfNext(), running.keys.calls - calls]).toEqual([1, 0]);
  });

  it.each<[string, () => Promise<void>]>([
    ["gone, with its table", async () => void Reflect.set(store, "ring", undefined)],
    ["overwritten with what is none", () => store.putKeyRing("certfront-ring:1:x")],
    ["another stack's", async () => store.putKeyRing(await ringOfAnotherStack())],
  ])("is written again within the hour where it is %s", async (_what, happens) => {
    await happens();
    expect(await callsOfNext()).toBeGreaterThanOrEqual(PROCESSES);
    await minutes(HOUR / MINUTE + 1);
    expect(await callsOfNext()).toBe(1);
  });

  async function ringOfAnotherStack(): Promise<string> {
    const others = new TestDataKeys("other");
    const keys = others.opener();
    for (let at = 0; at < 20; at++) await keys.privateKey(await others.sealer(clock).privateKey(KEY, TENANT), TENANT);
    return (await keys.newRing()) ?? "";
  }
});

describe("a ring that a front cannot take", () => {
  const setUp = (read: () => Promise<string | undefined>) => {
    const clock = new ManualClock();
    const told: string[] = [];
    const lines: [string, unknown][] = [];
    const keys = {
      forgetRing: () => told.push("forgotten"),
      adoptRing: async (ring: string) => {
        if (ring === "none") throw new SealError("It is none.", "");
        told.push(ring);
      },
      newRing: async () => undefined,
    } as unknown as Opener;
    const store = { keyRing: read, putKeyRing: async () => void told.push("put") };
    const log = { warn: (message: string, { error }: { error?: unknown } = {}) => void lines.push([message, error]) };
    return { ring: new KeyRing(store, keys, log, clock), clock, told, lines };
  };

  it("is asked for again where the table did not answer, and what is known of it stays", async () => {
    let answer: () => Promise<string> = () => Promise.reject(new Error("no table"));
    const { ring, told, lines } = setUp(() => answer());
    await ring.adopt();
    expect([told, lines]).toEqual([[], [["no ring of data keys", new Error("no table")]]]);
    answer = async () => "ring";
    await ring.adopt();
    await ring.adopt();
    expect(told).toEqual(["ring"]);
  });

  it("is forgotten where it is none, or where there is none", async () => {
    const { ring, told, lines } = setUp(async () => "none");
    await ring.adopt();
    expect([told, lines.length]).toEqual([["forgotten"], 1]);
    const gone = setUp(async () => undefined);
    await gone.ring.adopt();
    expect([gone.told, gone.lines]).toEqual([["forgotten"], []]);
  });

  it("is looked at once an hour", async () => {
    const { ring, told, clock } = setUp(async () => "ring");
    await ring.adopt();
    clock.advance(HOUR - 1);
    await ring.handOn();
    expect(told).toEqual(["ring"]);
    clock.advance(1);
    await ring.handOn();
    expect(told).toEqual(["ring", "ring"]);
  });
});
