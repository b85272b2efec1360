import { MINUTE } from "../../../core/base/clock";
import { readHeartbeats } from "../../../core/record/heartbeat";
import type { Heartbeat } from "../../../core/record/record";
import { heartbeat, NOW } from "../../../testing/sample-tenants";

const good = heartbeat("front-a");
/** As an agent writes it that shares one key with all others. */
const { role: _, ...former } = good;

/** A heartbeat under a key of its own: what IAM knows the writer as stands in it. */
const ownKey = (changes: object, writer: string) => {
  return { ...good, ...changes, pk: `HEARTBEAT#${writer}`, sk: "HEARTBEAT" };
};

describe("heartbeats, which any front may write", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["nothing else than the time", { front: "x", at: NOW }],
    ["no object", "front-a"],
    ["null", null],
    ["no list of failures", { ...good, failed: undefined }],
    ["failures that are no list", { ...good, failed: { length: 2 } }],
    ["a failure without domain", { ...good, failed: [{ problem: "x" }] }],
    ["a failure without a problem", { ...good, failed: [{ domain: "a.example" }] }],
    ["a failure of a name longer than names are", { ...good, failed: [{ domain: "a".repeat(254), problem: "x" }] }],
    ["a failure that is nothing", { ...good, failed: [null] }],
    ["mismatches that are no list", { ...good, selfCheck: { checked: 1, mismatches: "none" } }],
    ["a self-check that is nothing", { ...good, selfCheck: null }],
    ["a self-check of no number of names", { ...good, selfCheck: { checked: "1", mismatches: [] } }],
    ["a time that is a text", { ...good, at: "now" }],
    ["a time of which no date can be made", { ...good, at: 1e300 }],
    ["a time in the future, which would never grow old", { ...good, at: NOW + 3_600_000 }],
    ["a revision below zero", { ...good, revision: -1 }],
    ["a revision with a fraction", { ...good, revision: 0.5 }],
    ["a number of certificates that is a text", { ...good, certificates: "3" }],
    ["readiness as a text", { ...good, ready: "true" }],
    ["no version", { ...good, haproxyVersion: 3 }],
    ["no version of the agent", { ...good, agentVersion: undefined }],
    ["a thumbprint that is none", { ...good, thumbprint: "a b" }],
    ["a thumbprint that is a number", { ...good, thumbprint: 5 }],
    ["software that is a text", { ...good, outdated: "HAProxy" }],
    ["software that is no text", { ...good, outdated: ["HAProxy", 3] }],
    ["a last look at the table that is no time", { ...good, caughtUpAt: "now" }],
    ["a role that is none", { ...good, role: 5 }],
    ["an empty role", { ...good, role: "" }],
    ["a role longer than roles are", { ...good, role: "r".repeat(101) }],
    ["an empty name", { ...good, front: "" }],
    ["a name that is no text", { ...good, front: 7 }],
    ["a name longer than names are", { ...good, front: "f".repeat(101) }],
    ["another front's name than the shared key says", { ...former, pk: "HEARTBEAT", sk: "front-b" }],
    ["a role under the shared key", { ...good, role: "AROAFRONT", pk: "HEARTBEAT", sk: "front-a" }],
    ["another front's name than its own key says", ownKey({}, "AROAFRONT:front-b")],
    ["another role's key", ownKey({}, "AROAOTHER:front-a")],
    ["a key of its own and no role", ownKey({ role: undefined }, "AROAFRONT:front-a")],
    [
      "another front's name as if under the shared key",
      { ...former, pk: "HEARTBEAT#AROAOTHER:front-b", sk: "front-a" },
    ],
    ["one key more than its own", { ...ownKey({}, "AROAFRONT:front-a"), sk: "HEARTBEAT-2" }],
  ])("are left out and counted where one has %s, and the others read", (_, bad) => {
    const { heartbeats, skipped } = readHeartbeats([bad, good], NOW);
    expect(heartbeats).toEqual([good]);
    expect(skipped).toBe(1);
  });

  it.each([[["c", "a", "b"]], [["a", "b", "c"]]])("%j come in the order of their fronts' names", (fronts) => {
    const { heartbeats } = readHeartbeats(
      fronts.map((front) => heartbeat(front)),
      NOW,
    );
    expect(heartbeats.map(({ front }) => front)).toEqual(["a", "b", "c"]);
  });

  it.each<[string, Partial<Heartbeat>]>([
    ["one that has applied nothing yet", { revision: 0, certificates: 0 }],
    ["one that has just seen all of the table", { caughtUpAt: NOW }],
    ["one that opens sealed keys", { opensKeys: true }],
    ["one with the longest name and role that there are", { front: "f".repeat(100), role: "r".repeat(100) }],
    ["one that fails at the longest name", { failed: [{ domain: "a".repeat(253), problem: "x" }] }],
    ["one that has looked at nothing it serves", { selfCheck: { checked: 0, mismatches: [] } }],
  ])("are read as they were written: %s", (_, changes) => {
    expect(readHeartbeats([{ ...good, ...changes }], NOW).heartbeats).toStrictEqual([{ ...good, ...changes }]);
  });

  it.each([[false], ["true"], [1]])("do not open sealed keys where they say %j of it", (opensKeys) => {
    expect(readHeartbeats([{ ...good, opensKeys }], NOW).heartbeats).toStrictEqual([good]);
  });

  it("are bounded: texts and lists are cut", () => {
    const long = "x".repeat(9_999);
    const many = <T>(one: T) => Array<T>(5_000).fill(one);
    const problem = (text: string) => ({ domain: "a.example", problem: text });
    const item = {
      ...good,
      agentVersion: long,
      haproxyVersion: long,
      failed: many(problem(long)),
      outdated: many(long),
    };
    const cut = "x".repeat(500);
    expect(readHeartbeats([item], NOW).heartbeats).toEqual([
      {
        ...good,
        agentVersion: cut,
        haproxyVersion: cut,
        failed: Array(1_000).fill(problem(cut)),
        outdated: Array(1_000).fill(cut),
      },
    ]);
  });

  it("of a clock that is further ahead than five minutes are none: they would never grow old", () => {
    expect(readHeartbeats([{ ...good, at: NOW + 5 * MINUTE + 1 }], NOW)).toEqual({ heartbeats: [], skipped: 1 });
  });

  it.each([[1], [5 * MINUTE]])("of a clock that is %i ms ahead are of now", (ahead) => {
    expect(readHeartbeats([{ ...good, at: NOW + ahead }], NOW).heartbeats).toEqual([{ ...good, at: NOW }]);
  });

  it("keep the thumbprint of the account that the front answers for", () => {
    const thumbprint = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";
    expect(readHeartbeats([{ ...good, thumbprint }], NOW).heartbeats).toEqual([{ ...good, thumbprint }]);
  });

  it("keep what runs as it was before an update", () => {
    expect(readHeartbeats([{ ...good, outdated: ["HAProxy"] }], NOW).heartbeats).toEqual([
      { ...good, outdated: ["HAProxy"] },
    ]);
  });

  it("are one for each front: the latest of its own, where it has had several keys", () => {
    const earlier = ownKey({ at: NOW - MINUTE, role: "AROAFORMER" }, "AROAFORMER:front-a");
    const latest = ownKey({ at: NOW }, "AROAFRONT:front-a");
    for (const items of [
      [earlier, latest],
      [latest, earlier],
    ]) {
      expect(readHeartbeats(items, NOW).heartbeats).toEqual([{ ...good, at: NOW }]);
    }
  });

  it("are one for each front: what it wrote under its own key counts, whatever stands under the one that all once shared", () => {
    const shared = { ...former, at: NOW, ready: false, pk: "HEARTBEAT", sk: "front-a" };
    const own = ownKey({ at: NOW - 60_000 }, "AROAFRONT:front-a");
    for (const items of [
      [own, shared],
      [shared, own],
    ]) {
      expect(readHeartbeats(items, NOW)).toEqual({
        heartbeats: [{ ...good, at: NOW - 60_000 }],
        skipped: 0,
      });
    }
  });

  it.each([
    ["as it last was, while a deployment replaces it", 59 * 60_000, [{ ...former, at: NOW }]],
    ["as gone after an hour, and not as silent", 60 * 60_000, []],
  ])("of an agent that may not write under the shared key any more count %s", (_, age, heartbeats) => {
    const item = { ...former, at: NOW - age, pk: "HEARTBEAT", sk: "front-a" };
    expect(readHeartbeats([item], NOW)).toStrictEqual({ heartbeats, skipped: 0 });
  });

  it("have nothing that was not asked for", () => {
    const item = { ...ownKey({}, "AROAFRONT:front-a"), ttl: 9e9, extra: 1 };
    expect(readHeartbeats([item], NOW).heartbeats).toEqual([good]);
  });
});
