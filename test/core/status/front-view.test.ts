import { HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import type { Heartbeat } from "../../../core/record/record";
import { type FrontView, FrontViews, frontsToShow } from "../../../core/status/front-view";
import { heartbeat, NOW } from "../../../testing/sample-tenants";

/** What is told of fronts when the table holds tenants of these revisions. */
const viewsOf = (heartbeats: readonly Heartbeat[], ...revisions: number[]): FrontView[] => {
  const fronts = new FrontViews(heartbeats, NOW);
  for (const revision of revisions) fronts.add({ revision });
  return fronts.views();
};
const viewOf = (changes: Partial<Heartbeat>, ...revisions: number[]) =>
  viewsOf([heartbeat("front-a", changes)], ...revisions)[0];

describe("which fronts are shown", () => {
  it.each<[string, Partial<Heartbeat>, boolean]>([
    ["serves", {}, true],
    ["fell silent hours ago without a farewell", { at: NOW - 5 * HOUR }, true],
    ["is starting", { ready: false }, true],
    ["stopped taking traffic nearly ten minutes ago", { ready: false, at: NOW - 10 * MINUTE + 1 }, true],
    ["stopped taking traffic ten minutes ago: it is gone", { ready: false, at: NOW - 10 * MINUTE }, false],
  ])("one that %s: %j → %s", (_, changes, shown) => {
    expect(frontsToShow([heartbeat("front-a", changes)], NOW)).toHaveLength(shown ? 1 : 0);
  });

  it.each([[["c", "a", "b"]], [["b", "c", "a"]], [["a", "b", "c"]]])("%j come in the order of their names", (names) => {
    const shown = frontsToShow(
      names.map((name) => heartbeat(name)),
      NOW,
    );
    expect(shown.map(({ front }) => front)).toEqual(["a", "b", "c"]);
  });
});

describe("what is told of a front", () => {
  it("is all that it said of itself, with times in words for scripts", () => {
    const problem = { domain: "a.example", problem: "chain does not verify" };
    const other = { domain: "b.example", problem: "serves serial 7" };
    const beat = heartbeat("front-a", {
      failed: [problem],
      selfCheck: { checked: 12, mismatches: [other] },
      outdated: ["HAProxy"],
    });
    expect(viewsOf([beat])).toStrictEqual([
      {
        front: "front-a",
        heardOf: "2027-02-19T14:02:56.000Z",
        state: "failing",
        revision: "2027-02-19T14:03:00.000Z",
        tenantsBehind: 0,
        lagSeconds: 0,
        certificates: 3,
        haproxyVersion: "3.0.11",
        agentVersion: "0.1.0",
        outdated: ["HAProxy"],
        problems: [problem, other],
        checked: 12,
      },
    ]);
  });

  it("says nothing of a self-check where there was none, and of no software where all of it is up to date", () => {
    const { selfCheck: _, ...unchecked } = heartbeat("front-a");
    const [view] = viewsOf([unchecked]);
    expect(view).not.toHaveProperty("checked");
    expect(view).toMatchObject({ problems: [], outdated: [], state: "serving" });
  });

  it.each<[FrontView["state"], string, Partial<Heartbeat>, number[]]>([
    ["serving", "has every change", {}, [NOW - HOUR, NOW]],
    ["behind", "lacks one change", { revision: NOW - 1 }, [NOW]],
    ["failing", "could not apply a tenant", { failed: [{ domain: "a.example", problem: "x" }], revision: 0 }, [NOW]],
    ["starting", "takes no traffic yet", { ready: false, failed: [{ domain: "a.example", problem: "x" }] }, []],
    ["serving", "was last heard of two minutes ago", { at: NOW - 2 * MINUTE }, []],
    ["silent", "was last heard of longer ago", { at: NOW - 2 * MINUTE - 1 }, []],
    ["silent", "was starting when it was last heard of", { ready: false, at: NOW - HOUR }, []],
  ])("it is %s when it %s", (state, _, changes, revisions) => {
    expect(viewOf(changes, ...revisions)).toMatchObject({ state });
  });
});

describe("how far a front is behind", () => {
  it("is the number of tenants it lacks, and the age of the oldest change among them", () => {
    const revision = NOW - 10 * MINUTE;
    const lacks = [NOW - 3 * MINUTE, NOW - 5 * MINUTE, NOW - 4 * MINUTE];
    expect(viewOf({ revision }, NOW - HOUR, revision, ...lacks)).toMatchObject({ tenantsBehind: 3, lagSeconds: 300 });
  });

  it("is told of each front by itself", () => {
    const views = viewsOf([heartbeat("front-a"), heartbeat("front-b", { revision: NOW - HOUR })], NOW - 30 * SECOND);
    expect(views.map(({ front, tenantsBehind, lagSeconds }) => [front, tenantsBehind, lagSeconds])).toEqual([
      ["front-a", 0, 0],
      ["front-b", 1, 30],
    ]);
  });
});
