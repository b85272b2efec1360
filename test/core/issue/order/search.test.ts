import { accepted, beginSearch, namesOfSearch, refused } from "../../../../core/issue/order/search";
import type { NameSearch } from "../../../../core/record/record";

const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}.example`);

/** Plays a CA that refuses every order with one of these names in it. @returns who is found, and what it cost */
function find(culprits: readonly string[], among: readonly string[], certified: readonly string[] = []) {
  let search: NameSearch = beginSearch("ca", "ordering", among, certified);
  const found: string[] = [];
  while (search.open.length > 0) {
    const asked = namesOfSearch(search);
    if (!asked.some((name) => culprits.includes(name))) {
      search = accepted(search);
      continue;
    }
    const answer = refused(search);
    found.push(...answer.culprits);
    search = answer.search;
  }
  return { found: found.sort(), good: search.good, orders: search.orders };
}

describe("the search for the name that a CA refuses without saying which", () => {
  it("begins with what the certificate carries, which is most likely not meant", () => {
    expect(beginSearch("ca", "ordering", ["new", "old", "older"], ["old", "older", "gone"])).toEqual({
      ca: "ca",
      stage: "ordering",
      good: [],
      open: [["old", "older"], ["new"]],
      orders: 1,
    });
  });

  it.each([
    ["nothing is certified", []],
    ["all are", names(5)],
  ])("begins with two halves where %s", (_what, certified) => {
    const { open, stage } = beginSearch("ca", "finalizing", names(5), certified);
    expect(open).toEqual([names(3), names(5).slice(3)]);
    expect(stage).toBe("finalizing");
  });

  it("asks for the good names and one group more", () => {
    const search = beginSearch("ca", "ordering", names(4), []);
    expect(namesOfSearch(search)).toEqual(names(2));
    const next = accepted(search);
    expect(next).toEqual({ ...search, good: names(2), open: [names(4).slice(2)], orders: 2 });
    expect(namesOfSearch(next)).toEqual(names(4));
    expect(namesOfSearch(accepted(next))).toEqual(names(4));
  });

  it("halves a group that is refused, and knows a name that is refused alone", () => {
    const search = beginSearch("ca", "ordering", names(6), []);
    const once = refused(search);
    expect(once).toEqual({
      search: { ...search, open: [names(2), ["n2.example"], names(6).slice(3)], orders: 2 },
      culprits: [],
    });
    const alone = refused({ ...search, open: [["n2.example"], ["n3.example"]], orders: 5 });
    expect(alone).toEqual({ search: { ...search, open: [["n3.example"]], orders: 6 }, culprits: ["n2.example"] });
  });

  it.each(names(25).map((name, at) => [at + 1, name]))("finds the %ith of 25, with ten orders more", (_at, culprit) => {
    const { found, good, orders } = find([String(culprit)], names(25));
    expect(found).toEqual([culprit]);
    expect([...good].sort()).toEqual(
      names(25)
        .filter((name) => name !== culprit)
        .sort(),
    );
    expect(orders).toBeLessThanOrEqual(1 + 10);
  });

  it("gives up all that is open after sixteen orders", () => {
    const { found, good, orders } = find(names(25), names(25));
    expect({ found: found.length, good, orders }).toEqual({ found: 25, good: [], orders: 16 });
    const search = beginSearch("ca", "ordering", names(4), []);
    expect(refused({ ...search, orders: 14 }).search.open).toHaveLength(3);
    expect(refused({ ...search, orders: 15 })).toEqual({
      search: { ...search, open: [], orders: 16 },
      culprits: names(4),
    });
  });
});
