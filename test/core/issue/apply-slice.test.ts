import { MINUTE, SECOND } from "../../../core/base/clock";
import type { Applied } from "../../../core/issue/apply";
import { applySlice } from "../../../core/issue/apply-slice";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";

const APPLIED: Applied = { tenants: 1, added: 1, changed: 0, removed: 0, left: 0 };

let clock: ManualClock;
let store: MemoryStore;
let pauses: number[];
beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore(clock);
  pauses = [];
});

const pause = async (ms: number) => {
  pauses.push(ms);
  clock.advance(ms);
};
const slice = (
  list: { sha256: string; continues?: boolean },
  write: (goesOn: () => Promise<boolean>) => Promise<unknown> = async () => {},
  until = clock.now() + MINUTE,
) =>
  applySlice(list, until, { store, clock, pause }, async (goesOn) => {
    await write(goesOn);
    return APPLIED;
  });
const newer = () => store.putAppliedList({ sha256: "newer", writingUntil: 0 });

describe("one invocation's part of a list", () => {
  it("is the newest from its beginning, as long as it may write, and is through then", async () => {
    const until = clock.now() + MINUTE;
    const during: unknown[] = [];
    expect(await slice({ sha256: "one" }, async () => during.push(await store.appliedList()))).toBe(APPLIED);
    expect(during).toEqual([{ sha256: "one", writingUntil: until }]);
    expect(await store.appliedList()).toEqual({ sha256: "one", writingUntil: 0 });
  });

  it("goes on where the list is still the newest, and nowhere else", async () => {
    await slice({ sha256: "one" });
    expect(await slice({ sha256: "one", continues: true })).toBe(APPLIED);
    await newer();
    let wrote = false;
    expect(await slice({ sha256: "one", continues: true }, async () => (wrote = true))).toBeUndefined();
    expect(wrote).toBe(false);
    expect(await store.appliedList()).toEqual({ sha256: "newer", writingUntil: 0 });
  });

  it("does not go on where nothing is known of any list", async () => {
    expect(await slice({ sha256: "one", continues: true })).toBeUndefined();
  });

  it("may follow an older list that is through at once, and one that may be written from in two seconds", async () => {
    await store.putAppliedList({ sha256: "older", writingUntil: clock.now() });
    await slice({ sha256: "one" });
    expect(pauses).toEqual([]);
    await store.putAppliedList({ sha256: "older", writingUntil: clock.now() + 1 });
    await slice({ sha256: "one" });
    expect(pauses).toEqual([2 * SECOND]);
    await store.putAppliedList({ sha256: "one", writingUntil: clock.now() + 1 });
    await slice({ sha256: "one" });
    expect(pauses).toHaveLength(1);
  });
});

describe("whoever writes from a list", () => {
  it("goes on until the invocation's time is over", async () => {
    const until = clock.now() + MINUTE;
    await slice(
      { sha256: "one" },
      async (goesOn) => {
        clock.advance(MINUTE - 1);
        expect(await goesOn()).toBe(true);
        clock.advance(1);
        expect(await goesOn()).toBe(false);
      },
      until,
    );
  });

  it("notices a newer list within a second, and asks no oftener", async () => {
    let asked = 0;
    const { appliedList } = store;
    store.appliedList = () => {
      asked++;
      return appliedList.call(store);
    };
    const ended = await slice({ sha256: "one" }, async (goesOn) => {
      asked = 0;
      expect(await Promise.all([goesOn(), goesOn(), goesOn()])).toEqual([true, true, true]);
      expect(asked).toBe(1);
      await newer();
      clock.advance(SECOND - 1);
      expect(await goesOn()).toBe(true);
      clock.advance(1);
      expect(await goesOn()).toBe(false);
      expect(asked).toBe(2);
    });
    expect(ended).toBeUndefined();
    expect(await store.appliedList()).toEqual({ sha256: "newer", writingUntil: 0 });
  });
});
