import { configHash } from "../../../core/tenant/hash";
import type { Tenant } from "../../../core/tenant/tenant";
import { tenant } from "../../../testing/records";

const shop = tenant("shop.example", { hsts: { maxAge: 1, includeSubdomains: true, preload: false } });

describe("the fingerprint of a tenant's configuration", () => {
  it("is the same for ever: records carry it, and would all be written anew", () => {
    expect(configHash(shop)).toBe("zfViF0EuR5omR69lGpcfHq");
  });

  it("is the same whatever the order of members, and whether one is undefined or left out", () => {
    const turned = Object.fromEntries(
      Object.entries({
        ...shop,
        hsts: { preload: false, maxAge: 1, includeSubdomains: true },
        ca: undefined,
      }).reverse(),
    ) as unknown as Tenant;
    expect(configHash(turned)).toBe(configHash(shop));
  });

  it.each<[string, Partial<Tenant>]>([
    ["another name", { domain: "b.example" }],
    ["an alias", { aliases: ["www.shop.example"] }],
    ["its aliases in another order", { aliases: ["b.shop.example", "a.shop.example"] }],
    ["another policy", { http: "serve" }],
    ["a member of a member", { hsts: { maxAge: 2, includeSubdomains: true, preload: false } }],
    ["an owner", { owner: "17" }],
  ])("is another one with %s", (_, changes) => {
    const aliases = { aliases: ["a.shop.example", "b.shop.example"] };
    expect(configHash({ ...shop, ...changes })).not.toBe(configHash(shop));
    expect(configHash({ ...shop, ...aliases, ...changes })).not.toBe(configHash({ ...shop, ...aliases }));
  });
});
