import { MINUTE, SECOND } from "../../../core/base/clock";
import { AnsweringFronts } from "../../../core/issue/answering-fronts";
import type { Heartbeat } from "../../../core/record/record";
import { ManualClock } from "../../../testing/manual-clock";
import { heartbeat } from "../../../testing/records";

const KEY = "present-key";
let clock: ManualClock;
let beats: Heartbeat[];
let reads: [number, number][];
let fronts: AnsweringFronts;
beforeEach(() => {
  clock = new ManualClock();
  beats = [];
  reads = [];
  const heartbeats = async (now: number, maxAge: number) => {
    reads.push([now, maxAge]);
    return beats;
  };
  fronts = new AnsweringFronts({ heartbeats }, clock, KEY);
});

const beat = (front: string, changes: Partial<Heartbeat> = {}) =>
  heartbeat(front, clock.now(), { thumbprint: KEY, revision: 7, ...changes });

describe("fronts that an order has to wait for", () => {
  it.each<[string, Partial<Heartbeat>, boolean]>([
    ["answer for another account key", { thumbprint: "other" }, true],
    ["do not say for which", { thumbprint: undefined } as never, true],
    ["open no sealed keys", { opensKeys: false }, true],
    ["do not say whether", { opensKeys: undefined } as never, true],
    ["do both", {}, false],
    ["are not ready, whatever they say", { ready: false, thumbprint: "other" }, false],
  ])("are those that %s", async (_what, changes, disagrees) => {
    beats = [beat("front-1"), beat("front-2", changes)];
    expect(await fronts.disagreeing()).toEqual(disagrees ? ["front-2"] : []);
  });

  it("are asked of those that reported within a minute, and once for all tenants of two seconds", async () => {
    await Promise.all([fronts.disagreeing(), fronts.disagreeing(), fronts.haveReached("a.example", 1)]);
    expect(reads).toEqual([[clock.now(), MINUTE]]);
    clock.advance(2 * SECOND - 1);
    await fronts.disagreeing();
    expect(reads).toHaveLength(1);
    clock.advance(1);
    await fronts.disagreeing();
    expect(reads).toHaveLength(2);
  });

  it("are asked again at once where the table did not answer", async () => {
    let fails = true;
    const heartbeats = async () => {
      if (fails) throw new Error("no table");
      return beats;
    };
    fronts = new AnsweringFronts({ heartbeats }, clock, KEY);
    await expect(fronts.disagreeing()).rejects.toThrow("no table");
    fails = false;
    expect(await fronts.disagreeing()).toEqual([]);
  });
});

describe("a tenant's revision", () => {
  it.each<[string, boolean, () => Heartbeat[]]>([
    ["every front has it", true, () => [beat("front-1"), beat("front-2", { revision: 8 })]],
    ["one has not come to it", false, () => [beat("front-1"), beat("front-2", { revision: 6 })]],
    ["one could not take it", false, () => [beat("front-1", { failed: [{ domain: "a.example", problem: "no" }] })]],
    [
      "one could not take another tenant's",
      true,
      () => [beat("front-1", { failed: [{ domain: "b.example", problem: "no" }] })],
    ],
    ["one that is not ready has not", true, () => [beat("front-1"), beat("front-2", { revision: 6, ready: false })]],
    ["there is no front", false, () => []],
  ])("where %s, is reached: %p", async (_what, reached, given) => {
    beats = given();
    expect(await fronts.haveReached("a.example", 7)).toBe(reached);
  });
});
