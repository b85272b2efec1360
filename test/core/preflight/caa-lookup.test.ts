import { lookUpCaa, lookUpCaaAtSource } from "../../../core/preflight/caa";
import { FakeResolver, issueRecord as issue, withoutSource } from "../../../testing/fake-resolver";

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

  it("are those of its parent where a name exists and has none", async () => {
    const resolver = new FakeResolver();
    resolver.set("www.shop.example", { a: ["192.0.2.10"] });
    resolver.set("shop.example", { caa: [issue("near.test")] });
    expect(await lookUpCaa("www.shop.example", resolver)).toMatchObject({ at: "shop.example" });
  });

  it.each([
    ["an alias leads to them, with their holder", "shop.host.example", { owner: "shop.host.example" }],
    ["they are its own", "shop.example", {}],
    ["nobody says whose they are", undefined, {}],
  ])("are told where %s", async (_, owner, told) => {
    const records = [issue("near.test")];
    const caa = async () => ({ status: "ok", records, ...(owner !== undefined && { owner }) }) as const;
    expect(await lookUpCaa("shop.example", { caa })).toStrictEqual({
      status: "ok",
      at: "shop.example",
      records,
      ...told,
    });
  });
});

describe("CAA records that say no are asked for again at the zone's own servers", () => {
  const seen = new FakeResolver();
  seen.set("www.shop.example", { caa: [issue("below.test")] });
  seen.set("shop.example", { caa: [issue("stale.test")] });
  seen.set("example", { caa: [issue("above.test")] });

  const lookUp = async (name: string, zone?: Parameters<FakeResolver["set"]>[1]) => {
    seen.source = new FakeResolver();
    if (zone) seen.source.set("shop.example", zone);
    return lookUpCaaAtSource(name, "shop.example", seen);
  };

  it("which have what was corrected", async () => {
    const corrected = [issue("ca.test")];
    expect(await lookUp("shop.example", { caa: corrected })).toEqual({
      status: "ok",
      at: "shop.example",
      records: corrected,
    });
  });

  it("while the levels above and below are taken from resolvers: those servers know nothing of them", async () => {
    expect(await lookUp("shop.example", {})).toMatchObject({ at: "example", records: [issue("above.test")] });
    expect(await lookUp("www.shop.example", {})).toMatchObject({ at: "www.shop.example" });
  });

  it("unless those do not answer, or cannot be found, or cannot be asked", async () => {
    expect(await lookUp("shop.example", { servfail: true })).toBeUndefined();
    seen.source = undefined;
    expect(await lookUpCaaAtSource("shop.example", "shop.example", seen)).toBeUndefined();
    expect(await lookUpCaaAtSource("shop.example", "shop.example", withoutSource(seen))).toBeUndefined();
  });
});
