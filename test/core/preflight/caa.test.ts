import { caaPermits, isCritical, lookUpCaa } from "../../../core/preflight/caa";
import { caaForbids, caaRepair } from "../../../core/preflight/caa-advice";
import type { CaaRecord } from "../../../core/preflight/ports";
import type { DnsAdvice } from "../../../core/record/reason";
import { FakeResolver, issueRecord as issue } from "../../../testing/fake-resolver";
import { Random } from "../../../testing/random";

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
    ["not with a semicolon too many after a parameter", [issue("ca.test; policy=ev;")], false],
    ["with an empty value beside its own record", [issue(""), issue("ca.test")], true],
    ["not with an empty value alone", [issue("")], false],
    ["with tabs around its name", [issue("\tca.test\t;\t")], true],
    ["not with a method that is none beside its own", [issue("ca.test; validationmethods=http-01,a.b")], false],
    ["not with its method in capitals", [issue("ca.test; validationmethods=HTTP-01")], false],
    [
      "not with its method named twice",
      [issue("ca.test; validationmethods=http-01; validationmethods=http-01")],
      false,
    ],
    ["with a parameter whose name only resembles one", [issue("ca.test; AccountURI=x")], true],
    ["with critical marks' certificates (issuevmc)", [issue("ca.test"), issue("other.test", "issuevmc", true)], true],
    [
      "with critical mail certificates (issuemail, RFC 9495)",
      [issue("ca.test"), issue("other.test", "issuemail", true)],
      true,
    ],
    ["without `issue`, whoever may sign mail", [issue(";", "issuemail")], true],
    [
      "not with a critical contact, which CAs do not know",
      [issue("ca.test"), issue("a@b.test", "contactemail", true)],
      false,
    ],
    ["with a contact that is not critical", [issue("ca.test"), issue("a@b.test", "contactemail")], true],
    // RFC 8659 §4.1.1, §4.2 to §4.4: the examples, as our CA and as another.
    ["RFC 8659 §4.2: ca1.example.net alone", [issue("ca1.example.net")], false],
    ["RFC 8659 §4.2: nobody, with a semicolon", [issue(";")], false],
    ["RFC 8659 §4.2: parameters of ours", [issue("ca.test; account=230123")], true],
    ["RFC 8659 §4.2: nobody, malformed", [issue("%%%%%")], false],
    ["RFC 8659 §4.3: wildcards to another", [issue("ca.test"), issue("ca2.example.org", "issuewild")], true],
    ["RFC 8659 §4.3: wildcards to nobody", [issue(";", "issuewild")], true],
    ["RFC 8659 §4.4: reports", [issue("ca.test"), issue("mailto:security@example.com", "iodef")], true],
    ["RFC 8659 §4.5: an unknown critical property", [issue("ca.test"), issue("Unknown", "tbs", true)], false],
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

it.each([
  [0, false],
  [1, true],
  [128, true],
  [129, true],
  [2, false],
  [64, false],
])("flags %i are critical: %s, as Let's Encrypt reads them", (flags, critical) => {
  expect(isCritical(flags)).toBe(critical);
});

describe("the advice on records that keep our CA out", () => {
  const advise = async (records: readonly CaaRecord[], owner?: string) =>
    caaForbids({ name: "www.shop.example", at: "shop.example", owner, records }, [identity]);

  it.each<[string, readonly CaaRecord[], string, DnsAdvice["action"], string]>([
    ["another CA", [issue("other.test")], 'they name "other.test" alone', "create", '0 issue "ca.test"'],
    ["nobody", [issue(";")], 'they name ";" alone', "create", '0 issue "ca.test"'],
    ["nobody, by an empty value", [issue("")], 'they name "" alone', "create", '0 issue "ca.test"'],
    [
      "another method",
      [issue("ca.test; validationmethods=dns-01")],
      "allows other validation methods than http-01",
      "change",
      '0 issue "ca.test; validationmethods=dns-01,http-01"',
    ],
    [
      "another account",
      [issue("ca.test; accounturi=https://ca.test/account/2")],
      "names another account than ours",
      "change",
      `0 issue "ca.test; accounturi=${ACCOUNT}"`,
    ],
    ["a slip of the pen", [issue("ca.test; accounturi")], "does not follow the grammar", "change", '0 issue "ca.test"'],
    [
      "a critical property nobody knows",
      [issue("ca.test"), issue("x", "tbs", true)],
      "the critical property tbs is one that CAs do not know",
      "delete",
      '128 tbs "x"',
    ],
  ])("names the cause and the change: %s", async (_, records, cause, action, value) => {
    const reason = await advise(records);
    expect(reason.sentence).toContain("The CAA records of shop.example do not let our CA issue for www.shop.example: ");
    expect(reason.sentence).toContain(cause);
    expect(reason.dns).toEqual([{ name: "shop.example", type: "CAA", action, values: [value] }]);
  });

  it("names the zone that an alias leads to, where the records are", async () => {
    const { sentence, dns } = await advise([issue("other.test")], "shop.cdn.test");
    expect(sentence).toContain(
      "shop.example (an alias: they are those of shop.cdn.test, in whose zone they are changed)",
    );
    expect(dns).toEqual([{ name: "shop.cdn.test", type: "CAA", action: "create", values: ['0 issue "ca.test"'] }]);
  });

  it("would help, whatever the records were", async () => {
    const random = new Random(8_659);
    const value = () =>
      `${random.pick(["ca.test", "CA.test", "other.test", "", ";", " ca-old.test"])}${random.pick(["", ";", "; accounturi=x", `; accounturi=${ACCOUNT}`, "; validationmethods=dns-01", "; validationmethods=", "; %%", "; policy=ev"])}${random.pick(["", "", ";", "; validationmethods=tls-alpn-01", "; accounturi=y"])}`;
    let forbidden = 0;
    for (let count = 0; count < 3_000; count++) {
      const records = Array.from({ length: random.integer(1, 4) }, () =>
        issue(
          value(),
          random.pick(["issue", "issue", "issue", "iodef", "tbs", "contactemail", "issuewild"]),
          random.chance(0.2),
        ),
      );
      if (await caaPermits(records, identity)) continue;
      forbidden++;
      const { after, dns } = await caaRepair("shop.example", records, identity);
      expect({ records, helps: await caaPermits(after, identity), changes: dns.length > 0 }).toEqual({
        records,
        helps: true,
        changes: true,
      });
    }
    expect(forbidden).toBeGreaterThan(500);
  });
});
