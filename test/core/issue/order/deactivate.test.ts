import { MINUTE } from "../../../../core/base/clock";
import type { AcmeAuthorization } from "../../../../core/ca/certificate-authority";
import { deactivateAuthorizations, noteValidated, validatedFor } from "../../../../core/issue/order/deactivate";
import { TurnStage } from "../../../../testing/turns";

let stage: TurnStage;
let deactivated: string[];
beforeEach(() => {
  stage = new TurnStage();
  deactivated = [];
  stage.ca.deactivate = async (url) => void deactivated.push(url);
});

const open = (...urls: string[]): AcmeAuthorization[] =>
  urls.map((url) => ({ url, name: "a.example", status: "pending" }));

describe("authorizations that were validated for an order", () => {
  it("are remembered over the turns, each CA's for itself", async () => {
    const work = await stage.ordering({ validated: ["1"] });
    expect(validatedFor(work)).toEqual(["1"]);
    noteValidated(work, open("2", "3"));
    expect(validatedFor(work)).toEqual(["1", "2", "3"]);
    noteValidated(work, open("4"));
    expect(validatedFor(work)).toEqual(["1", "2", "3", "4"]);
    const other = { ...work, progress: { ...work.progress, ca: "second-ca", validated: ["9"] } };
    expect(validatedFor(other)).toEqual(["9"]);
    const { validated: _none, ...progress } = other.progress;
    expect(validatedFor({ ...other, progress })).toEqual([]);
  });

  it("are the last hundred", async () => {
    const work = await stage.ordering();
    const urls = Array.from({ length: 101 }, (_, n) => String(n));
    noteValidated(work, open(...urls));
    expect(validatedFor(work)).toEqual(urls.slice(1));
  });

  it("are given up once, and forgotten", async () => {
    const work = await stage.ordering();
    noteValidated(work, open("1", "2"));
    await deactivateAuthorizations(work);
    await deactivateAuthorizations(work);
    expect(deactivated).toEqual(["1", "2"]);
  });

  it.each([
    ["are given up where a list was written before", 0, true],
    ["stay while one is being written, which may give the name to another", 1, false],
  ])("%s", async (_what, ahead, givenUp) => {
    await stage.memory.putAppliedList({ sha256: "list", writingUntil: stage.clock.now() + ahead });
    await deactivateAuthorizations(await stage.ordering({ validated: ["1"] }));
    expect(deactivated).toEqual(givenUp ? ["1"] : []);
  });

  it("stay where the turn is over, and cost no read where there are none", async () => {
    await deactivateAuthorizations(await stage.ordering({ validated: ["1"] }, {}, { lasts: 0 }));
    expect(deactivated).toEqual([]);
    stage = new TurnStage();
    const work = await stage.ordering({}, {}, { lasts: MINUTE });
    let reads = 0;
    stage.memory.appliedList = async () => void reads++ as undefined;
    await deactivateAuthorizations(work);
    expect(reads).toBe(0);
  });

  it("cost nobody anything where that fails: each is asked for by itself", async () => {
    stage.ca.deactivate = async (url) => {
      if (url === "1") throw new Error("no");
      deactivated.push(url);
    };
    await deactivateAuthorizations(await stage.ordering({ validated: ["1", "2"] }));
    expect(deactivated).toEqual(["2"]);
    stage = new TurnStage();
    stage.memory.appliedList = () => Promise.reject(new Error("no table"));
    await deactivateAuthorizations(await stage.ordering({ validated: ["3"] }));
    expect(deactivated).toEqual(["2"]);
  });
});
