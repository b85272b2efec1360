import { HOUR } from "../../../../core/base/clock";
import type { AcmeError } from "../../../../core/ca/certificate-authority";
import { startOrder } from "../../../../core/issue/order/intention";
import { Setback } from "../../../../core/issue/setback";
import type { NameSearch, TenantRecord } from "../../../../core/record/record";
import { tenant } from "../../../../testing/records";
import { refusal } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

const ALIASES = ["b.example", "c.example", "d.example"];
const NAMES = ["a.example", ...ALIASES];
let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
  stage.point(...NAMES);
});

const silent = refusal("rejectedIdentifier", { status: 403, detail: "policy" });
/** Says no to the first orders, one after the other. */
const refuses = (...errors: (AcmeError | undefined)[]) => {
  stage.ca.refuses = (call) => (call === "newOrder" ? errors.shift() : undefined);
};
const ordered = () => stage.ca.orders.map(({ names }) => names);
const record = () => stage.record("a.example");

async function start(changes: Partial<TenantRecord>): Promise<unknown> {
  const turn = await stage.begin({ tenant: tenant("a.example", { aliases: ALIASES }), ...changes });
  return startOrder(turn).catch((error: unknown) => {
    if (!(error instanceof Setback)) throw error;
    return { reason: error.reason, ...error.details };
  });
}

describe("the search for a name that a CA refuses", () => {
  const search: NameSearch = {
    ca: "first-ca",
    stage: "ordering",
    good: ["a.example"],
    open: [["b.example", "c.example"], ["d.example"]],
    orders: 2,
  };
  const after = async (changes: Partial<NameSearch>, ...answers: (AcmeError | undefined)[]) => {
    refuses(...answers);
    const ended = await start({ search: { ...search, ...changes } });
    const { search: next, refusedNames, order } = await record();
    return {
      ended,
      asked: ordered().at(-1),
      next,
      refused: refusedNames?.map(({ name }) => name),
      order: order?.names,
    };
  };

  it("asks for the good names and one group more, and goes on with them where they are taken", async () => {
    expect(await after({})).toEqual({
      ended: "again",
      asked: ["a.example", "b.example", "c.example"],
      next: { ...search, good: ["a.example", "b.example", "c.example"], open: [["d.example"]], orders: 3 },
      refused: undefined,
      order: undefined,
    });
  });

  it("is over with the last group that is taken, whose order goes on", async () => {
    expect(await after({ open: [["b.example"]] })).toMatchObject({
      ended: "again",
      asked: ["a.example", "b.example"],
      order: ["a.example", "b.example"],
    });
  });

  it("halves a group that is refused", async () => {
    expect(await after({}, silent)).toMatchObject({
      ended: "again",
      next: { open: [["b.example"], ["c.example"], ["d.example"]], orders: 3 },
      refused: undefined,
    });
  });

  it("leaves a name out that is refused alone, and goes on", async () => {
    expect(await after({ open: [["b.example"], ["d.example"]] }, silent)).toMatchObject({
      ended: "again",
      next: { open: [["d.example"]] },
      refused: ["b.example"],
    });
  });

  it("is over where the last one is refused, too", async () => {
    expect(await after({ open: [["b.example"]] }, silent)).toMatchObject({
      ended: "again",
      next: undefined,
      refused: ["b.example"],
    });
  });

  it("is a no to all where none is left then and none was good", async () => {
    expect(await after({ good: [], open: [["b.example"]] }, silent)).toMatchObject({
      ended: { kind: "refused", reason: { code: "CA_REJECTED" } },
      next: undefined,
      refused: undefined,
    });
  });

  it("for what is refused when signing is asked up to there: the order goes on", async () => {
    expect(await after({ stage: "finalizing" })).toMatchObject({
      ended: "again",
      next: { stage: "finalizing", orders: 2 },
      order: ["a.example", "b.example", "c.example"],
    });
  });

  it("waits where its CA is not worth asking, or fails", async () => {
    await stage.ports().outages.limited("first-ca", HOUR);
    expect(await start({ search })).toMatchObject({ kind: "outage", retryAt: stage.clock.now() + HOUR });
    expect((await record()).search).toEqual(search);
    stage = new TurnStage();
    stage.point(...NAMES);
    stage.ca.newOrder = () => Promise.reject(new TypeError("ours"));
    await expect(start({ search })).rejects.toThrow("ours");
  });

  it.each<[string, Partial<NameSearch>, readonly string[]]>([
    ["its CA may not be asked any more", { ca: "second-ca" }, NAMES],
    ["nothing is open", { open: [] }, NAMES],
    ["a good name does not pass any more", {}, ALIASES],
    ["an open one does not", {}, NAMES.slice(0, 3)],
  ])("is over where %s: an order for all that pass is placed", async (_what, changes, passing) => {
    for (const name of NAMES) if (!passing.includes(name)) stage.resolver.remove(name);
    expect(await start({ search: { ...search, ...changes } })).toBe("again");
    expect(ordered()).toEqual([passing]);
  });
});
