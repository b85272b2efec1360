import { MINUTE, SECOND } from "../../../core/base/clock";
import { lateAt, problemAt } from "../../../core/record/front-problem";
import { outdatedFronts } from "../../../core/record/outdated-fronts";
import type { Heartbeat } from "../../../core/record/record";
import { heartbeat, NOW } from "../../../testing/sample-tenants";

const REVISION = NOW - MINUTE;
const tenant = { domain: "a.example", revision: REVISION };
const refused = { domain: "a.example", problem: "chain does not verify" };
const other = { domain: "a.example", problem: "serves serial 7" };
const behind = { revision: REVISION - 1 };

describe("why a front may not be serving a tenant", () => {
  it.each<[string, Partial<Heartbeat>, string | undefined]>([
    ["that has its revision", { revision: REVISION }, undefined],
    ["that lacks it", behind, `has not reached revision ${REVISION}, is at ${REVISION - 1}`],
    ["last heard of two minutes ago", { at: NOW - 2 * MINUTE }, undefined],
    ["last heard of longer ago", { at: NOW - 2 * MINUTE - 1 }, "silent since 2027-02-19T14:00:59.999Z"],
    ["that could not apply it, and fell silent", { failed: [refused], at: 0 }, "chain does not verify"],
    ["that serves something else", { selfCheck: { checked: 1, mismatches: [other] } }, "serves serial 7"],
    [
      "that serves something else because it could not apply it",
      { failed: [refused], selfCheck: { checked: 1, mismatches: [other] } },
      "chain does not verify",
    ],
    ["that has trouble with others", { failed: [{ ...refused, domain: "b.example" }] }, undefined],
  ])("of one %s", (_, changes, problem) => {
    expect(problemAt(heartbeat("front-a", changes), tenant, NOW)).toBe(problem);
  });

  it("is said of one that has not looked at what it serves as well", () => {
    const { selfCheck: _, ...unchecked } = heartbeat("front-a", { failed: [refused] });
    expect(problemAt(unchecked, tenant, NOW)).toBe("chain does not verify");
    expect(problemAt(unchecked, { ...tenant, domain: "b.example" }, NOW)).toBeUndefined();
  });
});

describe("a front is late with a tenant", () => {
  const never = { revision: 0 };
  const { role: _, ...former } = heartbeat("front-a", never);
  it.each<[string, Heartbeat, number, boolean]>([
    ["that lacks a change of 30 seconds ago", heartbeat("front-a", never), 30 * SECOND, true],
    ["that lacks a change of a moment less: it is on its way", heartbeat("front-a", never), 30 * SECOND - 1, false],
    ["that has all changes", heartbeat("front-a"), MINUTE, false],
    ["that could not apply it", heartbeat("front-a", { failed: [refused] }), MINUTE, true],
    ["that takes no traffic", heartbeat("front-a", { ...never, ready: false }), MINUTE, false],
    ["just heard of", heartbeat("front-a", { ...never, at: NOW - 2 * MINUTE }), MINUTE, true],
    ["that is silent", heartbeat("front-a", { ...never, at: NOW - 2 * MINUTE - 1 }), MINUTE, false],
    ["that may not report any more, and is being replaced", former, MINUTE, false],
  ])("or not: one %s", (_what, beat, age, late) => {
    expect(lateAt(beat, { ...tenant, revision: NOW - age }, NOW)).toBe(late);
  });
});

it("fronts that serve with replaced software are told with what was replaced", () => {
  const fronts = [
    heartbeat("front-a", { outdated: ["HAProxy", "OpenSSL"] }),
    heartbeat("front-b", { outdated: [] }),
    heartbeat("front-c"),
    heartbeat("front-d", { outdated: ["HAProxy"], ready: false }),
  ];
  expect(outdatedFronts(fronts)).toEqual([{ front: "front-a", software: ["HAProxy", "OpenSSL"] }]);
});
