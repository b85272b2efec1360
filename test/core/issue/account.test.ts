import { takeOverAccounts } from "../../../core/issue/account";
import { ManualClock } from "../../../testing/manual-clock";
import { ScriptedCa } from "../../../testing/scripted-ca";

const THUMBPRINT = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";
const cas = () => ["first", "second"].map((name) => new ScriptedCa(name, new ManualClock()));
const fronts = (...disagreeing: string[]) => ({ thumbprint: THUMBPRINT, disagreeing: async () => disagreeing });

describe("a new account key", () => {
  it("takes every CA's account over once all fronts answer for it", async () => {
    const { accounts, ...state } = await takeOverAccounts({ cas: cas(), fronts: fronts() });
    expect(state).toEqual({ thumbprint: THUMBPRINT, waitingFor: [] });
    expect(accounts).toEqual(["first", "second"].map((ca) => ({ ca, url: expect.stringMatching(/^https?:/) })));
  });

  it("asks no CA while a front answers for another", async () => {
    const asked = cas();
    const state = await takeOverAccounts({ cas: asked, fronts: fronts("front-2") });
    expect(state).toEqual({ thumbprint: THUMBPRINT, waitingFor: ["front-2"], accounts: [] });
    expect(asked.flatMap(({ calls }) => calls)).toEqual([]);
  });

  it("is told of a CA that says no, beside those that say yes", async () => {
    const [first, second] = cas();
    if (!first || !second) throw new Error("no CAs");
    first.fail("accountUrl", { type: "urn:ietf:params:acme:error:serverInternal", detail: "try later" });
    const { accounts } = await takeOverAccounts({ cas: [first, second], fronts: fronts() });
    expect(accounts).toEqual([
      { ca: "first", problem: "try later" },
      { ca: "second", url: expect.any(String) },
    ]);
  });

  it("hides no fault of our own", async () => {
    const [first] = cas();
    if (!first) throw new Error("no CA");
    first.accountUrl = () => Promise.reject(new TypeError("ours"));
    await expect(takeOverAccounts({ cas: [first], fronts: fronts() })).rejects.toThrow("ours");
  });
});
