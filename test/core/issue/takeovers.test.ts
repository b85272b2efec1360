import { DAY } from "../../../core/base/clock";
import { checkTakeovers } from "../../../core/issue/takeovers";
import type { TenantRecord } from "../../../core/record/record";
import type { Store } from "../../../core/record/store";
import type { Tenant } from "../../../core/tenant/tenant";
import { callsAtOnce } from "../../../testing/at-once";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { certificateSummary, tenant, tenantRecord } from "../../../testing/records";

const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
const NOW = clock.now();
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore(clock);
});

async function has(one: Tenant, changes: Partial<TenantRecord> = {}): Promise<void> {
  await store.createTenant(tenantRecord(one.domain, NOW, { tenant: one, ...changes }));
}
const left = (one: Tenant) => has(one, { state: "removed" });
const isServed = (one: Tenant) => has(one, { state: "active", certificate: certificateSummary(one.domain) });

/** What is said of the list, line by line; nothing where it may be applied. */
async function said(tenants: readonly Tenant[], allowed: readonly string[] = []): Promise<readonly string[]> {
  const stored = new Map((await store.listTenants()).items.map((entry) => [entry.domain, entry]));
  return checkTakeovers(tenants, stored, allowed, store).then(
    () => [],
    (error: Error) => {
      expect(error).toMatchObject({ code: "NAME_TAKEN" });
      return error.message.split("\n").slice(1);
    },
  );
}

const shop = tenant("shop.example", { aliases: ["www.shop.example"], upstream: "http://10.0.0.1:80" });
const was = (name: string, whose: string) =>
  `  ${name}: was shop.example's, which was taken out on 2026-11-21; ${whose} may have it from 2026-12-21 on`;

it("of many that are changed, fifty are read at once", async () => {
  const owned = Array.from({ length: 120 }, (_, n) => tenant(`t${n}.example`, { owner: "a-customer" }));
  for (const one of owned) await isServed({ ...one, upstream: "http://10.0.0.9:80" });
  const { counted, most } = callsAtOnce<Store>(store);
  const stored = new Map((await store.listTenants()).items.map((entry) => [entry.domain, entry]));
  await checkTakeovers(owned, stored, [], counted);
  expect(most.get("tenant")).toBe(50);
});

describe("names of a tenant that was taken out", () => {
  it.each<[string, Tenant, readonly string[]]>([
    [
      "as another's alias",
      tenant("a.example", { aliases: ["www.shop.example"] }),
      [was("www.shop.example", "a.example (default upstream)")],
    ],
    ["as another tenant", tenant("www.shop.example"), [was("www.shop.example", "www.shop.example (default upstream)")]],
    [
      "with the sites elsewhere",
      { ...shop, upstream: "http://10.0.0.2:80" },
      ["shop.example", "www.shop.example"].map((name) => was(name, "shop.example (http://10.0.0.2:80)")),
    ],
    ["as they were", shop, []],
    ["in part", { ...shop, aliases: [] }, []],
  ])("come back %s", async (_how, next, expected) => {
    await left(shop);
    expect(await said([next])).toEqual(expected);
  });

  it("are nobody's concern while it is served", async () => {
    await has(shop);
    expect(await said([tenant("a.example", { aliases: ["www.shop.example"] })])).toEqual([]);
  });

  it("are another's that has them already", async () => {
    const other = tenant("a.example", { aliases: ["www.shop.example"] });
    await left(shop);
    await has(other);
    expect(await said([{ ...other, http: "serve" }])).toEqual([]);
  });

  it("are not what a tenant that itself was taken out has", async () => {
    const other = tenant("a.example", { aliases: ["www.shop.example"] });
    await left(other);
    await left(shop);
    expect(await said([other])).toEqual([was("www.shop.example", "a.example (default upstream)")]);
  });

  it("may be anybody's with a word", async () => {
    await left(shop);
    const other = tenant("a.example", { aliases: ["shop.example", "www.shop.example"] });
    expect(await said([other], ["www.shop.example"])).toEqual([was("shop.example", "a.example (default upstream)")]);
    expect(await said([other], ["www.shop.example", "shop.example"])).toEqual([]);
  });

  it.each([
    ["both say whose they are", "anna", "bob", 0],
    ["the former one did not", undefined, "bob", 1],
    ["the present one does not", "anna", undefined, 1],
  ])("need none where DNS will tell: %s", async (_what, before, after, lines) => {
    await left({ ...shop, ...(before !== undefined && { owner: before }) });
    const other = tenant("a.example", { aliases: ["shop.example"], ...(after !== undefined && { owner: after }) });
    expect(await said([other])).toHaveLength(lines);
  });

  it("are said how to be allowed, behind those that are", async () => {
    await left(shop);
    const other = tenant("a.example", { aliases: ["shop.example", "www.shop.example"] });
    const entries = new Map((await store.listTenants()).items.map((entry) => [entry.domain, entry]));
    await expect(checkTakeovers([other], entries, ["x.example"], store)).rejects.toMatchObject({
      message: expect.stringMatching(/^Another tenant had 2 of the names\. Nothing was changed\.\n/),
      advice:
        "Make sure that the new tenant owns each name: the old one's DNS may lead here still. Then: pulumi config set --path 'allowTakeovers[1]' shop.example && pulumi config set --path 'allowTakeovers[2]' www.shop.example && pulumi up.",
    });
  });

  it.each([
    [20, undefined],
    [21, "  and 1 more"],
  ])("are shown up to twenty: %i", async (count, more) => {
    const names = Array.from({ length: count }, (_, n) => `n${n}.example`);
    for (const name of names) await left(tenant(name));
    const lines = await said([tenant("a.example", { aliases: names })]);
    expect(lines.slice(20)).toEqual(more === undefined ? [] : [more]);
  });
});

describe("a tenant that is served, and given to another customer", () => {
  const annas = tenant("shop.example", { owner: "anna" });
  const bobs = tenant("shop.example", { owner: "bob" });
  const line =
    "  shop.example: is served for the owner anna, not for bob; take it out first, and the new one proves that it is theirs";

  it("is not, without a word", async () => {
    await isServed(annas);
    expect(await said([bobs])).toEqual([line]);
    expect(await said([bobs], ["other.example"])).toEqual([line]);
    expect(await said([bobs], ["shop.example"])).toEqual([]);
  });

  it.each<[string, Tenant, () => Promise<void>]>([
    ["it is changed for the same one", { ...annas, http: "serve" }, () => isServed(annas)],
    ["nobody said whose it was", bobs, () => isServed(tenant("shop.example"))],
    ["nobody says whose it is", tenant("shop.example"), () => isServed(annas)],
    ["it has no certificate yet", bobs, () => has(annas)],
    ["it is new", bobs, async () => {}],
    [
      "it was taken out",
      bobs,
      () => has(annas, { state: "removed", certificate: certificateSummary("shop.example"), since: NOW - DAY }),
    ],
  ])("may be where %s", async (_what, next, before) => {
    await before();
    expect(await said([next])).toEqual([]);
  });

  it("costs no read where nothing is changed", async () => {
    await isServed(annas);
    store.tenant = () => Promise.reject(new Error("read"));
    expect(await said([annas])).toEqual([]);
  });
});
