import type { Heir } from "../../core/record/record";
import { Departures } from "../../front/agent/departures";
import { dropUnheld } from "../../front/agent/drop-unheld";
import type { Departure, HeldTenant } from "../../front/agent/held-tenant";
import type { TenantLoader } from "../../front/agent/tenant-loader";
import { frontSettings } from "../../testing/front-settings";
import { certificateSummary, frontItem, tenant } from "../../testing/records";

const MINUTE = 60_000;

/** A front that holds these tenants, and files that remember. */
function setUp(held: Record<string, { revision: number; heirs?: unknown }> = {}) {
  const written: Departure[] = [];
  const files = {
    departures: async () => [...written],
    saveDeparture: async (one: Departure) => void written.push(one),
    removeDeparture: async (one: Departure) => void written.splice(written.indexOf(one), 1),
  };
  const known = (domain: string) => held[domain] as { revision: number; heirs?: readonly Heir[] } | undefined;
  return { departures: new Departures(known, files), written, restarted: () => new Departures(known, files) };
}

const served = (domain: string): HeldTenant => ({
  domain,
  revision: 1,
  tenant: tenant(domain),
  certificate: {
    summary: certificateSummary(domain),
    ...{ file: `/${domain}.pem`, options: "", names: [domain], sha1: "", hash: "" },
  },
});

describe("what is served on for heirs", () => {
  it("is written down until its heir has come, and known again after a restart", async () => {
    const held: Record<string, { revision: number }> = {};
    const { departures, written, restarted } = setUp(held);
    expect(await departures.postpone(served("a.example"), undefined, [{ domain: "b.example", revision: 5 }], 0)).toBe(
      true,
    );
    const anew = restarted();
    await anew.readDisk(MINUTE);
    expect(anew.all().map(({ domain }) => domain)).toEqual(["a.example"]);
    expect(anew.due(MINUTE)).toEqual([]);
    held["b.example"] = { revision: 5 };
    const [due] = anew.due(MINUTE);
    if (due) await anew.over(due);
    expect([anew.all(), written]).toEqual([[], []]);
  });

  it("is given until it is told to be over: HAProxy may not be reachable just then", async () => {
    const { departures } = setUp();
    await departures.postpone(served("a.example"), undefined, [{ domain: "b.example", revision: 5 }], 0);
    expect(departures.due(10 * MINUTE)).toHaveLength(1);
    expect(departures.due(10 * MINUTE)).toHaveLength(1);
  });

  it("ends after ten minutes, whatever a file says", async () => {
    const { written, departures } = setUp();
    written.push({ previous: served("a.example"), heirs: [{ domain: "b.example", revision: 5 }], until: 1e15 });
    await departures.readDisk(0);
    expect(departures.due(10 * MINUTE - 1)).toHaveLength(0);
    expect(departures.due(10 * MINUTE)).toHaveLength(1);
  });

  it("is nothing that goes on being served, or that its own next state has", async () => {
    const { departures, written } = setUp();
    const heirs = [{ domain: "b.example", revision: 5 }];
    expect(await departures.postpone(served("a.example"), served("a.example"), heirs, 0)).toBe(false);
    expect(await departures.postpone(served("a.example"), undefined, undefined, 0)).toBe(false);
    const { certificate: _, ...waiting } = served("a.example");
    expect(await departures.postpone(waiting, undefined, heirs, 0)).toBe(false);
    expect([departures.all(), written]).toEqual([[], []]);
  });

  it("is known by its domain", async () => {
    const { departures } = setUp();
    await departures.postpone(served("a.example"), undefined, [{ domain: "b.example", revision: 5 }], 0);
    expect([departures.includes("a.example"), departures.includes("b.example")]).toEqual([true, false]);
  });

  it("waits for each heir, at the revision that has the name or a later one", async () => {
    const held: Record<string, { revision: number }> = { "b.example": { revision: 4 }, "c.example": { revision: 9 } };
    const { departures } = setUp(held);
    const heirs = [
      { domain: "b.example", revision: 5 },
      { domain: "c.example", revision: 5 },
    ];
    await departures.postpone(served("a.example"), undefined, heirs, 0);
    expect(departures.due(1)).toEqual([]);
    held["b.example"] = { revision: 5 };
    expect(departures.due(1)).toHaveLength(1);
  });

  it("waits for the heirs of an heir, too, which may have been removed, or give the name back", async () => {
    const { departures } = setUp({ "c.example": { revision: 1 } });
    const heirs = [{ domain: "b.example", revision: 5 }];
    await departures.postpone(served("a.example"), undefined, heirs, 0);
    const removed = (more: readonly Heir[]) =>
      departures.removed({ ...frontItem("b.example", 6, { removed: true }), heirs: more });
    removed([{ domain: "c.example", revision: 7 }]);
    expect(departures.due(1)).toEqual([]);
    removed([{ domain: "c.example", revision: 1 }]);
    expect(departures.due(1)).toHaveLength(1);
    removed([{ domain: "a.example", revision: 9 }]);
    expect(departures.due(1)).toHaveLength(1);
  });

  it("ends when its file says so, where that is sooner", async () => {
    const { written, departures } = setUp();
    written.push({ previous: served("a.example"), heirs: [{ domain: "b.example", revision: 5 }], until: MINUTE });
    await departures.readDisk(0);
    expect([departures.due(MINUTE - 1).length, departures.due(MINUTE).length]).toEqual([0, 1]);
  });

  it.each<[string, unknown]>([
    ["no list", { length: 1 }],
    ["nothing in the list", [null]],
    ["a text", "b.example"],
    ["an heir without a revision", [{ domain: "c.example" }]],
  ])("is not held up by an heir whose own heirs are %s", async (_, heirs) => {
    const { departures } = setUp({ "b.example": { revision: 5, heirs } });
    expect(await departures.postpone(served("a.example"), undefined, [{ domain: "b.example", revision: 5 }], 0)).toBe(
      false,
    );
  });
});

it("an item whose domain is none keeps nothing of what nobody holds in HAProxy, and no front from its first load", async () => {
  const dropped: string[] = [];
  const loader = {
    mirror: { certificates: new Map([["/c/gone.example~0a.pem", ""]]), policies: new Map(), exceptions: new Set() },
    dropCertificate: async (file: string) => void dropped.push(file),
  } as unknown as TenantLoader;
  await dropUnheld(loader, [], new Set(["../etc", "", "a b.example"]), frontSettings("/front"));
  expect(dropped).toEqual(["/c/gone.example~0a.pem"]);
});
