import { caaPermits } from "../../../core/preflight/caa";
import { caaForbids, caaRepair } from "../../../core/preflight/caa-advice";
import type { CaaRecord } from "../../../core/preflight/ports";
import type { DnsAdvice } from "../../../core/record/reason";
import { issueRecord as issue } from "../../../testing/fake-resolver";
import { Random } from "../../../testing/random";

const ACCOUNT = "https://ca.test/account/1";
const identity = { caaIdentities: ["ca.test", "ca-old.test"], accountUrl: async () => ACCOUNT };

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

  it("is told whole, every change of it", async () => {
    const { sentence, dns } = await advise([
      issue('x"\u00e9', "tbs", true),
      issue("mailto:x@a.example", "iodef"),
      issue("y".repeat(201), "contactemail", true),
      issue("one.test"),
      issue("two.test"),
    ]);
    expect(sentence).toBe(
      `The CAA records of shop.example do not let our CA issue for www.shop.example: the critical property tbs is one that CAs do not know and the critical property contactemail is one that CAs do not know and they name "one.test", "two.test" alone. Delete the CAA record shop.example → 128 tbs "x??". Delete the CAA record shop.example → 128 contactemail "${"y".repeat(200)}". Create the CAA record shop.example → 0 issue "ca.test".`,
    );
    expect(dns?.map(({ action }) => action)).toEqual(["delete", "delete", "create"]);
  });

  it.each([
    ["unreadable", "ca.test; %%", "names our CA, but does not follow the grammar of CAA, so that it permits nobody"],
    [
      "other-methods",
      "ca.test; validationmethods=dns-01",
      "allows other validation methods than http-01, which is ours",
    ],
    ["another-account", "ca.test; accounturi=x", "names another account than ours"],
  ])("says what is wrong with a record that names us, and how it is changed: %s", async (_, value, cause) => {
    const { sentence, dns } = await advise([issue("x", "tbs", true), issue(value)]);
    expect(sentence).toBe(
      `The CAA records of shop.example do not let our CA issue for www.shop.example: the critical property tbs is one that CAs do not know and "${value}" ${cause}. Delete the CAA record shop.example → 128 tbs "x". Change that CAA record of shop.example to ${dns?.[1]?.values[0]}.`,
    );
  });

  it.each([
    ["a method that is none", "ca.test; validationmethods=http-01,a.b", "ca.test"],
    [
      "a name much like the methods'",
      "ca.test; validationmethodsx=1; xvalidationmethods=2; validationmethods=dns-01",
      "ca.test; validationmethodsx=1; xvalidationmethods=2; validationmethods=dns-01,http-01",
    ],
    [
      "a name much like the account's",
      "ca.test; accounturix=1; xaccounturi=2; accounturi=3",
      `ca.test; accounturix=1; xaccounturi=2; accounturi=${ACCOUNT}`,
    ],
    [
      "our method, of another account",
      "ca.test; validationmethods=dns-01,http-01; accounturi=x",
      `ca.test; validationmethods=dns-01,http-01; accounturi=${ACCOUNT}`,
    ],
    [
      "another method, of another account",
      "ca.test; accounturi = x ; validationmethods\t=\tdns-01 ; policy=ev",
      `ca.test; accounturi = ${ACCOUNT} ; validationmethods?=?dns-01,http-01 ; policy=ev`,
    ],
  ])("widens a record by what we need, and by no more: of %s", async (_, value, changed) => {
    const { dns } = await advise([issue(value)]);
    expect(dns).toEqual([{ name: "shop.example", type: "CAA", action: "change", values: [`0 issue "${changed}"`] }]);
  });

  it("leaves an account alone that may be ours", async () => {
    const unknown = { ...identity, accountUrl: async () => undefined };
    const { after } = await caaRepair(
      "shop.example",
      [issue("ca.test; accounturi=x; validationmethods=dns-01")],
      unknown,
    );
    expect(after).toEqual([issue("ca.test; accounturi=x; validationmethods=dns-01,http-01")]);
  });

  it("changes one record and leaves the others", async () => {
    const others = [issue("mailto:x@a.example", "iodef"), issue("other.test")];
    const { after } = await caaRepair("shop.example", [...others, issue("ca.test; %%")], identity);
    expect(after).toEqual([...others, issue("ca.test")]);
  });

  it("is to delete what no CA knows, and nothing else, where that alone stands in the way", async () => {
    const strange = issue("x", "tbs", true);
    for (const rest of [[], [issue("other.test"), issue("ca.test")]]) {
      expect(await caaRepair("shop.example", [strange, ...rest], identity)).toEqual({
        cause: "the critical property tbs is one that CAs do not know",
        dns: [{ name: "shop.example", type: "CAA", action: "delete", values: ['128 tbs "x"'] }],
        after: rest,
      });
    }
  });

  it("lets in the first of our CAs that CAA can name, and is none where it can name none", async () => {
    const found = { name: "www.shop.example", at: "shop.example", records: [issue("other.test")] };
    const nameless = { ...identity, caaIdentities: [] };
    const second = { ...identity, caaIdentities: ["second.test"] };
    expect((await caaForbids(found, [nameless, second, identity])).dns).toMatchObject([
      { values: ['0 issue "second.test"'] },
    ]);
    expect(await caaForbids(found, [nameless])).toEqual({
      code: "CAA_FORBIDS",
      sentence: "The CAA records of shop.example do not let our CA issue for www.shop.example.",
    });
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
