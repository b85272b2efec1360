import { caaPermits, lookUpCaa } from "../../../core/preflight/caa";
import type { CaaRecord } from "../../../core/preflight/ports";
import { FakeResolver, issueRecord as issue } from "../../../testing/fake-resolver";

const ACCOUNT = "https://ca.test/account/1";
const identity = { caaIdentities: ["ca.test", "ca-old.test"], accountUrl: async () => ACCOUNT };

describe("CAA records that apply to a name", () => {
  it("are the closest ones up the tree", async () => {
    const resolver = new FakeResolver();
    resolver.set("example.co.uk", { caa: [issue("far.test")] });
    resolver.set("shop.example.co.uk", { caa: [issue("near.test")] });
    expect(await lookUpCaa("www.shop.example.co.uk", resolver)).toEqual({
      status: "ok",
      at: "shop.example.co.uk",
      records: [issue("near.test")],
    });
    expect(await lookUpCaa("other.example.co.uk", resolver)).toMatchObject({ at: "example.co.uk" });
    expect(await lookUpCaa("elsewhere.example", resolver)).toEqual({ status: "ok", records: [] });
  });

  it("are unknown where a level below them does not answer, and do not matter above them", async () => {
    const resolver = new FakeResolver();
    resolver.set("shop.example", { caa: [issue("near.test")] });
    resolver.set("example", { servfail: true });
    expect(await lookUpCaa("shop.example", resolver)).toMatchObject({ status: "ok", at: "shop.example" });
    resolver.set("www.shop.example", { servfail: true });
    expect(await lookUpCaa("www.shop.example", resolver)).toMatchObject({ status: "servfail", at: "www.shop.example" });
  });
});

describe("a CA may issue", () => {
  it.each<[string, readonly CaaRecord[], boolean]>([
    ["without any record", [], true],
    ["with records that do not speak of issuing", [issue("mailto:x@a.example", "iodef")], true],
    ["with records on wildcards only", [issue("other.test", "issuewild")], true],
    ["when it is named", [issue("ca.test")], true],
    ["when it is named in capitals and with spaces", [issue("  CA.TEST ; ")], true],
    ["when its other identity is named", [issue("ca-old.test")], true],
    ["when it is one of several", [issue("other.test"), issue("ca.test")], true],
    ["not when another is named", [issue("other.test")], false],
    ["not when nobody is", [issue(";")], false],
    ["not when the name only begins like its own", [issue("ca.test.other.test")], false],
    ["with its account named", [issue(`ca.test; accounturi=${ACCOUNT}`)], true],
    ["not with another account named", [issue("ca.test; accounturi=https://ca.test/account/2")], false],
    ["not with two accounts in one record", [issue(`ca.test; accounturi=${ACCOUNT}; accounturi=${ACCOUNT}`)], false],
    [
      "with two accounts in two records",
      [issue("ca.test; accounturi=x"), issue(`ca.test; accounturi=${ACCOUNT}`)],
      true,
    ],
    ["with its method named", [issue("ca.test; validationmethods=dns-01,http-01")], true],
    ["not with other methods named", [issue("ca.test; validationmethods=dns-01")], false],
    ["not with its method, but another account", [issue("ca.test; validationmethods=http-01; accounturi=x")], false],
    ["with a parameter that means nothing to it", [issue("ca.test; policy=ev")], true],
    ["not with a record that cannot be read", [issue("ca.test; %%%")], false],
    ["not with a critical tag it does not know", [issue("ca.test"), issue("x", "tbs", true)], false],
    ["with an unknown tag that is not critical", [issue("ca.test"), issue("x", "tbs")], true],
    ["with a critical tag that it knows", [issue("ca.test", "issue", true)], true],
  ])("%s", async (_what, records, permitted) => {
    expect(await caaPermits(records, identity)).toBe(permitted);
  });

  it("anywhere, where it has no CAA identity", async () => {
    expect(await caaPermits([issue("other.test")], { ...identity, caaIdentities: [] })).toBe(true);
  });

  it("without its account being made just for looking", async () => {
    const accountUrl = jest.fn(identity.accountUrl);
    await caaPermits([issue("other.test"), issue("ca.test")], { ...identity, accountUrl });
    expect(accountUrl).not.toHaveBeenCalled();
  });
});
