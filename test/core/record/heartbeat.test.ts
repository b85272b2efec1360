import { readHeartbeats } from "../../../core/record/heartbeat";
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
    ["nothing else than the time", { front: "x", at: NOW }],
    ["no object", "front-a"],
    ["null", null],
    ["no list of failures", { ...good, failed: undefined }],
    ["failures that are no list", { ...good, failed: { length: 2 } }],
    ["a failure without domain", { ...good, failed: [{ problem: "x" }] }],
    ["a failure that is nothing", { ...good, failed: [null] }],
    ["mismatches that are no list", { ...good, selfCheck: { checked: 1, mismatches: "none" } }],
    ["a self-check that is nothing", { ...good, selfCheck: null }],
    ["a time that is a text", { ...good, at: "now" }],
    ["a time of which no date can be made", { ...good, at: 1e300 }],
    ["a time in the future, which would never grow old", { ...good, at: NOW + 3_600_000 }],
    ["a revision below zero", { ...good, revision: -1 }],
    ["readiness as a text", { ...good, ready: "true" }],
    ["no version", { ...good, haproxyVersion: 3 }],
    ["a thumbprint that is none", { ...good, thumbprint: "a b" }],
    ["software that is a text", { ...good, outdated: "HAProxy" }],
    ["software that is no text", { ...good, outdated: ["HAProxy", 3] }],
    ["a last look at the table that is no time", { ...good, caughtUpAt: "now" }],
    ["a role that is none", { ...good, role: 5 }],
    ["an empty role", { ...good, role: "" }],
    ["an empty name", { ...good, front: "" }],
    ["another front's name than the shared key says", { ...former, pk: "HEARTBEAT", sk: "front-b" }],
    ["a role under the shared key", { ...good, role: "AROAFRONT", pk: "HEARTBEAT", sk: "front-a" }],
    ["another front's name than its own key says", ownKey({}, "AROAFRONT:front-b")],
    ["another role's key", ownKey({}, "AROAOTHER:front-a")],
    ["a key of its own and no role", ownKey({ role: undefined }, "AROAFRONT:front-a")],
    ["one key more than its own", { ...ownKey({}, "AROAFRONT:front-a"), sk: "HEARTBEAT-2" }],
  ])("are left out and counted where one has %s, and the others read", (_, bad) => {
    const { heartbeats, skipped } = readHeartbeats([bad, good], NOW);
    expect(heartbeats).toEqual([good]);
    expect(skipped).toBe(1);
  });

  it("come in the order of their fronts' names, in whatever order the table gives them", () => {
    const items = ["front-c", "front-a", "front-b"].map((front) => heartbeat(front));
    const { heartbeats } = readHeartbeats(items, NOW);
    expect(heartbeats.map(({ front }) => front)).toEqual(["front-a", "front-b", "front-c"]);
  });

  it("are bounded: texts and lists are cut, a clock a little ahead is now", () => {
    const failed = Array.from({ length: 5_000 }, () => ({ domain: "a.example", problem: "x".repeat(10_000) }));
    const [read] = readHeartbeats(
      [{ ...good, at: NOW + 60_000, agentVersion: "v".repeat(9_999), failed }],
      NOW,
    ).heartbeats;
    expect(read?.at).toBe(NOW);
    expect(read?.agentVersion).toHaveLength(500);
    expect(read?.failed).toHaveLength(1_000);
    expect(read?.failed[0]?.problem).toHaveLength(500);
  });

  it("keep the thumbprint of the account that the front answers for", () => {
    const thumbprint = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";
    expect(readHeartbeats([{ ...good, thumbprint }], NOW).heartbeats).toEqual([{ ...good, thumbprint }]);
  });

  it("keep what runs as it was before an update, bounded", () => {
    const software = ["HAProxy", "o".repeat(9_999)];
    const [read] = readHeartbeats([{ ...good, outdated: software }], NOW).heartbeats;
    expect(read?.outdated).toEqual(["HAProxy", "o".repeat(500)]);
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
    expect(readHeartbeats([item], NOW)).toEqual({ heartbeats, skipped: 0 });
  });

  it("have nothing that was not asked for", () => {
    const item = { ...ownKey({}, "AROAFRONT:front-a"), ttl: 9e9, extra: 1 };
    expect(readHeartbeats([item], NOW).heartbeats).toEqual([good]);
  });
});
