import { caaPermits, isCritical } from "../../../core/preflight/caa";
import type { CaaRecord } from "../../../core/preflight/ports";
import { issueRecord as issue } from "../../../testing/fake-resolver";

const ACCOUNT = "https://ca.test/account/1";
const identity = { caaIdentities: ["ca.test", "ca-old.test"], accountUrl: async () => ACCOUNT };

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
    ["not with a space within its name", [issue("ca. test")], false],
    ["with spaces after its name", [issue("ca.test   ")], true],
    ["not with an empty parameter before another", [issue("ca.test; ; policy=ev")], false],
    ["not with a space within a parameter", [issue("ca.test; policy=e v")], false],
    ["not with anything before a parameter", [issue("ca.test; - policy=ev")], false],
    ["not with a parameter whose name is none", [issue("ca.test; poli-cy=ev")], false],
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

  it("with an account named, where it is not known which is ours", async () => {
    const unknown = { ...identity, accountUrl: async () => undefined };
    expect(await caaPermits([issue("ca.test; accounturi=x")], unknown)).toBe(true);
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
