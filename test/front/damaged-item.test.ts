import type { FrontItem } from "../../core/record/record";
import { damageOf } from "../../front/agent/damaged-item";
import { TenantSet } from "../../front/agent/tenant-set";
import { frontSettings } from "../../testing/front-settings";
import { frontItem, tenant } from "../../testing/records";

/** One of a hundred tenants whose item no front can read would keep every new front from taking traffic. */
describe("an item of the table that no front could serve", () => {
  const good = frontItem("a.example", 1);
  it.each<[string, unknown, string | undefined]>([
    ["is none that is as it should be", good, undefined],
    ["has no tenant", { ...good, tenant: undefined }, "says no tenant"],
    ["has a text in its place", { ...good, tenant: "a.example" }, "says no tenant"],
    ["has null in its place", { ...good, tenant: null }, "says no tenant"],
    ["has a tenant without aliases", { ...good, tenant: { domain: "a.example" } }, "says no tenant"],
    ["has an alias that is a number", { ...good, tenant: { ...tenant("a.example"), aliases: [1] } }, "says no tenant"],
    ["has a key that is no domain", { ...good, domain: "../a" }, "no domain name"],
  ])("%s", (_what, item, found) => {
    const damage = damageOf(item as FrontItem);
    if (found === undefined) expect(damage).toBeUndefined();
    else expect(damage).toContain(found);
  });

  it("is that tenant's trouble, and not one that this front could not do", async () => {
    const nothing = new Proxy({}, { get: () => () => undefined }) as never;
    const set = new TenantSet(frontSettings("/nowhere"), nothing, nothing, nothing, nothing, { now: () => 0 });
    expect(await set.apply({ ...good, tenant: undefined } as never, true)).toContain("says no tenant");
  });
});
