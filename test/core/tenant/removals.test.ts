import { CertfrontError } from "../../../core/base/errors";
import { checkRemovals } from "../../../core/tenant/removals";
import { compareRolls, rollOf, sayChanges } from "../../../core/tenant/roll";
import { judge } from "../../../infra/config/roll";
import { tenant } from "../../../testing/records";

const names = (count: number, prefix = "t") => Array.from({ length: count }, (_, at) => `${prefix}${at}.example`);

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
    expect(judge(rollOf(before), rollOf(turned), 0)).toMatch(
      /^tenants 7 → 7: \+ www1\.example, .* {3}names go on with another: a1\.example, .*, a7\.example$/,
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
    expect(compareRolls(rollOf([]), rollOf([tenant("a.example")]))).toMatchObject({ before: 0, added: ["a.example"] });
  });
});
