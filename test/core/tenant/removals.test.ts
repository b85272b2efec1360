import { CertfrontError } from "../../../core/base/errors";
import { checkRemovals, someOf } from "../../../core/tenant/removals";
import { compareRolls, rollOf, sayChanges } from "../../../core/tenant/roll";
import { judge } from "../../../infra/config/roll";
import { tenant } from "../../../testing/records";

const names = (count: number, prefix = "t") => Array.from({ length: count }, (_, at) => `${prefix}${at}.example`);

/** What this list is refused with. */
function refusal(removed: readonly string[], before: number): CertfrontError | undefined {
  try {
    checkRemovals(removed, before, 0);
  } catch (error) {
    if (error instanceof CertfrontError) return error;
    throw error;
  }
  return undefined;
}

describe("a list that removes tenants", () => {
  test.each([
    [1, 3, 0, true],
    [1, 100_000, 0, true],
    [5, 50, 0, true],
    [5, 49, 0, false],
    [2, 10, 0, false],
    [6, 100, 0, false],
    [6, 100_000, 0, false],
    [380, 412, 0, false],
    [380, 412, 379, false],
    [380, 412, 380, true],
    [6, 100, 1_000, true],
    [1, 1, 0, false],
    [3, 3, 0, false],
    [1, 1, 1, true],
    [0, 0, 0, true],
  ])("%i of %i with allowRemovals %i: %s", (removed, before, allowed, passes) => {
    const check = () => checkRemovals(names(removed), before, allowed);
    if (passes) expect(check).not.toThrow();
    else expect(check).toThrow(CertfrontError);
  });

  test("is refused with what would let it pass", () => {
    const advice =
      "If it is meant: pulumi config set allowRemovals 1 && pulumi up, then pulumi config rm allowRemovals. Without it, no more than 5 tenants and no more than a tenth go at once, and never the last.";
    const refused = { code: "REMOVALS_REFUSED", advice };
    expect(refusal(names(1), 1)).toMatchObject({
      ...refused,
      message: "This list removes 1 of 1 tenant (100 %): t0.example. Nothing was changed.",
    });
    expect(refusal(names(2), 3)?.message).toBe(
      "This list removes 2 of 3 tenants (67 %): t0.example, t1.example. Nothing was changed.",
    );
  });

  test.each([
    [0, ""],
    [2, "t0.example, t1.example"],
    [20, names(20).join(", ")],
    [21, `${names(20).join(", ")} and 1 more`],
  ])("names the first twenty of those that go: %i", (count, said) => {
    expect(someOf(names(count))).toBe(said);
  });

  test("is refused with the names, and the way to mean it", () => {
    expect(() => judge(rollOf(names(412).map((name) => tenant(name))), rollOf([]), 0)).toThrow(
      /^This list removes 412 of 412 tenants \(100 %\): t0\.example, .* and 392 more\. Nothing was changed\.$/,
    );
    expect(() => judge(rollOf(names(3).map((name) => tenant(name))), rollOf([]), 0)).toThrow(
      "removes 3 of 3 tenants (100 %): t0.example, t1.example, t2.example. Nothing was changed.",
    );
  });
});

describe("what a list changes", () => {
  test("is said in words: who comes, who changes, who goes", () => {
    const before = ["a.example", "b.example", "c.example"].map((name) => tenant(name));
    const after = [tenant("b.example", { http: "serve" }), tenant("c.example"), tenant("d.example")];
    expect(judge(rollOf(before), rollOf(after), 0)).toBe("tenants 3 → 3: + d.example   ~ b.example   − a.example");
    expect(sayChanges(compareRolls(rollOf(before), rollOf(before)))).toBe("tenants 3 → 3: none changes");
  });

  test("takes nobody for removed whose names all go on with others of the list", () => {
    const at = (n: number, domain: string, ...aliases: string[]) =>
      tenant(`${domain}${n}.example`, { aliases: aliases.map((alias) => `${alias}${n}.example`) });
    const many = [1, 2, 3, 4, 5, 6, 7];
    const before = many.map((n) => at(n, "a", "www"));
    const turned = many.map((n) => at(n, "www", "a"));
    const [gone, come] = ["a", "www"].map((domain) => many.map((n) => `${domain}${n}.example`));
    expect(judge(rollOf(before), rollOf(turned), 0)).toBe(
      `tenants 7 → 7: + ${come?.join(", ")}   names go on with another: ${gone?.join(", ")}`,
    );
    // One name less is a tenant that goes.
    expect(() => judge(rollOf(before), rollOf(many.map((n) => at(n, "www"))), 0)).toThrow("removes 7 of 7");
  });

  test("is known also where the last roll has no aliases, as earlier versions wrote it", () => {
    const before = ["a.example", "b.example", "c.example"].map((name) => tenant(name));
    const roll = rollOf(before).replace(/^(\S+ \S+).*$/gm, "$1");
    const after = [...before.slice(1), tenant("d.example")];
    expect(judge(roll, rollOf(after), 0)).toBe("tenants 3 → 3: + d.example   − a.example");
  });

  test("is known of a list that was or is empty", () => {
    const none = { added: [], changed: [], removed: [], renamed: [] };
    const one = rollOf([tenant("a.example")]);
    expect(compareRolls("", one)).toEqual({ ...none, before: 0, after: 1, added: ["a.example"] });
    expect(compareRolls(one, rollOf([]))).toEqual({ ...none, before: 1, after: 0, removed: ["a.example"] });
    expect(compareRolls(one, one)).toEqual({ ...none, before: 1, after: 1 });
  });

  test("is known by a line for each tenant, kept from the last time: its domain, its configuration in short, its aliases", () => {
    expect(rollOf([tenant("a.example", { aliases: ["www.a.example", "x.example"] }), tenant("b.example")])).toMatch(
      /^a\.example [\w-]{8} www\.a\.example x\.example\nb\.example [\w-]{8}\n$/,
    );
  });
});
