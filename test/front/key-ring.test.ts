import { generateKeyPairSync } from "node:crypto";
import { HOUR, MINUTE } from "../../core/base/clock";
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
