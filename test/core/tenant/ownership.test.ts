import { isAnothers, ownershipValue, proofName, proofNames } from "../../../core/tenant/ownership";

describe("what an owner puts into DNS", () => {
  it("is one value for one owner at one stack, for ever: it stands in customers' zones", () => {
    expect(ownershipValue("certfront-prod", "customer-17")).toBe("certfront=33383641a31ab898b435ddcb4ab5c705");
  });

  it("is another one for another owner, and for the same at another stack", () => {
    const values = [
      ownershipValue("certfront-prod", "customer-17"),
      ownershipValue("certfront-prod", "customer-18"),
      ownershipValue("certfront-test", "customer-17"),
    ];
    expect(new Set(values).size).toBe(3);
  });

  it.each([
    ["the name alone", "a.example", ["a.example"], "_certfront.a.example"],
    ["the tenant's name above it", "www.a.example", ["www.a.example", "a.example"], "_certfront.a.example"],
    [
      "the topmost of several above it",
      "x.www.a.example",
      ["www.a.example", "a.example", "x.www.a.example"],
      "_certfront.a.example",
    ],
    ["not one that only ends alike", "www.notan-example.org", ["an-example.org"], "_certfront.www.notan-example.org"],
    ["not one below it", "a.example", ["a.example", "www.a.example"], "_certfront.a.example"],
  ])("stands beside %s", (_, name, names, at) => {
    expect(proofName(name, names)).toBe(at);
  });

  it("stands once for all names that lie below one", () => {
    expect(proofNames(["www.a.example", "a.example", "b.example", "x.b.example"])).toEqual([
      "_certfront.a.example",
      "_certfront.b.example",
    ]);
  });
});

describe("a tenant of another customer's", () => {
  it.each([
    [{ owner: "17" }, { owner: "18" }, true],
    [{ owner: "17" }, { owner: "17" }, false],
    [{}, { owner: "17" }, false],
    [{ owner: "17" }, {}, false],
    [{}, {}, false],
  ])("%j, then %j: %s, for only where both say whose they are can it be told", (before, now, another) => {
    expect(isAnothers(before, now)).toBe(another);
  });
});
