import { DAY } from "../../core/base/clock";
import { renew } from "../../core/issue/operations";
import { ownershipValue } from "../../core/tenant/ownership";
import { policyOf } from "../../front/agent/policy";
import { IssuerStage, OUR_ADDRESSES } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

const ANNA = ownershipValue("test", "anna");
const BEN = ownershipValue("test", "ben");

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

const prove = (name: string, ...txt: string[]) => stage.resolver.set(`_certfront.${name}`, { txt });
const served = async (domain: string) => (await stage.memory.frontItem(domain))?.certificate?.summary.serial;

/** A tenant of Anna's, proven and served. */
async function annas(domain: string, aliases: readonly string[] = []): Promise<void> {
  stage.point(domain, ...aliases);
  prove(domain, ANNA);
  await stage.apply(tenant(domain, { aliases, owner: "anna" }));
  await stage.turn();
  expect(await stage.record(domain)).toMatchObject({ state: "active" });
}

describe("the value that proves a domain", () => {
  it("is another one for each owner and at each stack, and always the same", () => {
    const values = [ANNA, BEN, ownershipValue("other", "anna")];
    expect(new Set(values).size).toBe(3);
    expect(ownershipValue("test", "anna")).toBe(ANNA);
    for (const value of values) expect(value).toMatch(/^certfront=[0-9a-f]{32}$/);
  });
});

describe("a tenant whose owner is named", () => {
  it("costs no order before its DNS says so, and says which record to set", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example", { owner: "anna" }));
    await stage.turn();
    const record = await stage.record("a.example");
    expect(record).toMatchObject({
      state: "pending-dns",
      reason: {
        code: "OWNERSHIP_UNPROVEN",
        sentence: `Nothing in DNS shows that a.example belongs to the customer who asked for it: there is no record _certfront.a.example. Create the TXT record _certfront.a.example → ${ANNA}.`,
        dns: [{ name: "_certfront.a.example", type: "TXT", action: "create", values: [ANNA] }],
      },
    });
    expect(stage.ca.orders).toHaveLength(0);

    prove("a.example", ANNA);
    expect(await stage.nextTurn("a.example")).toMatchObject({ state: "active" });
    expect(stage.ca.orders).toHaveLength(1);
  });

  it.each([
    ["the same value in quotes, as some panels keep it", [`"${ANNA}"`], "active"],
    ["beside others' records", ["v=spf1 -all", BEN, ANNA], "active"],
    ["another customer's value", [BEN], "pending-dns"],
    ["the value at another stack", [ownershipValue("other", "anna")], "pending-dns"],
    ["the value within a longer text", [`x ${ANNA}`], "pending-dns"],
    ["the owner's id in place of the value", ["certfront=anna"], "pending-dns"],
  ])("with %s is %s", async (_what, txt, state) => {
    stage.point("a.example");
    prove("a.example", ...txt);
    await stage.apply(tenant("a.example", { owner: "anna" }));
    await stage.turn();
    expect((await stage.record("a.example")).state).toBe(state);
  });

  it.each([
    ["the name itself", "_certfront.www.shop.a.example", "active"],
    ["a name above it", "_certfront.shop.a.example", "active"],
    ["the registered domain", "_certfront.a.example", "active"],
    ["the suffix that everybody is below", "_certfront.example", "pending-dns"],
  ])("is proven by %s: %s", async (_where, at, state) => {
    stage.point("www.shop.a.example");
    stage.resolver.set(at, { txt: [ANNA] });
    await stage.apply(tenant("www.shop.a.example", { owner: "anna" }));
    await stage.turn();
    expect((await stage.record("www.shop.a.example")).state).toBe(state);
  });

  it("asks for one record where one name lies above the others, and for its address in the same breath", async () => {
    stage.point("a.example", "b.example");
    await stage.apply(tenant("a.example", { aliases: ["www.a.example", "b.example"], owner: "anna" }));
    await stage.turn();
    const { reason } = await stage.record("a.example");
    expect(reason?.code).toBe("OWNERSHIP_UNPROVEN");
    expect(reason?.dns?.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "TXT _certfront.a.example",
      "CNAME www.a.example",
      "TXT _certfront.a.example",
      "TXT _certfront.b.example",
    ]);
  });

  it("goes on with the names that are proven", async () => {
    stage.point("a.example", "b.example");
    prove("a.example", ANNA);
    await stage.apply(tenant("a.example", { aliases: ["b.example"], owner: "anna" }));
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({
      state: "active",
      certificate: { names: ["a.example"] },
      reason: { code: "OWNERSHIP_UNPROVEN" },
    });
  });

  it("is not kept waiting by caches that hold the answer from before the record was set", async () => {
    stage.point("a.example");
    const source = new IssuerStage().resolver;
    source.set("a.example", { a: OUR_ADDRESSES });
    source.set("_certfront.a.example", { txt: [ANNA] });
    stage.resolver.source = source;
    await stage.apply(tenant("a.example", { owner: "anna" }));
    await stage.turn();
    expect((await stage.record("a.example")).state).toBe("active");
  });

  it("waits where the record cannot be read, and says so", async () => {
    stage.point("a.example");
    stage.resolver.set("_certfront.a.example", { servfail: true });
    await stage.apply(tenant("a.example", { owner: "anna" }));
    await stage.turn();
    expect((await stage.record("a.example")).reason).toMatchObject({
      code: "DNS_SERVFAIL",
      sentence: expect.stringContaining("TXT records that show whose a.example is"),
    });
  });

  it("shows visitors the waiting page before it has a certificate, also where it is to be served over plain HTTP", () => {
    const plain = tenant("a.example", { http: "serve", upstream: "http://10.0.0.1:80" });
    const mode = (one: typeof plain, covered: string[]) =>
      policyOf(one, covered, undefined).hosts.get("a.example")?.split("|")[1];
    expect(mode(plain, [])).toBe("s");
    expect(mode({ ...plain, owner: "anna" }, [])).toBe("w");
    expect(mode({ ...plain, owner: "anna" }, ["a.example"])).toBe("s");
  });
});

describe("what is served", () => {
  it("is renewed without the record, for good", async () => {
    await annas("a.example");
    stage.resolver.remove("_certfront.a.example");
    const first = await served("a.example");
    await stage.turnsUntil("a.example", ({ certificate }) => certificate?.serial !== first, 500);
    expect(await stage.record("a.example")).toMatchObject({ state: "active", failures: 0 });
    expect(stage.ca.orders).toHaveLength(2);
  });

  it("stays where the owner is named only later", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    await stage.turn();
    await stage.apply(tenant("a.example", { owner: "anna" }));
    await renew("a.example", stage.ports());
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({ state: "active" });
    expect(stage.ca.orders).toHaveLength(2);
  });

  it("asks for the proof of a name that is added", async () => {
    await annas("a.example");
    stage.point("b.example");
    await stage.apply(tenant("a.example", { aliases: ["b.example"], owner: "anna" }));
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({
      state: "active",
      certificate: { names: ["a.example"] },
      reason: { code: "OWNERSHIP_UNPROVEN" },
    });
  });

  it("is given to no other customer without a word", async () => {
    await annas("a.example");
    await expect(stage.apply(tenant("a.example", { owner: "ben", upstream: "http://10.0.0.9:80" }))).rejects.toThrow(
      "a.example: is served for the owner anna, not for ben",
    );
    expect((await stage.record("a.example")).tenant.owner).toBe("anna");
  });
});

describe("a name that its customer left, with its DNS still leading here", () => {
  it.each([
    ["as a tenant of the same domain", "a.example", []],
    ["as another tenant's alias", "ben.example", ["a.example"]],
  ])("is not served for another one before DNS says so: %s", async (_how, domain, aliases) => {
    await annas("a.example");
    await stage.apply();
    await stage.turn();
    stage.clock.advance(DAY);

    stage.point("ben.example");
    prove("ben.example", BEN);
    await stage.apply(tenant(domain, { aliases, owner: "ben" }));
    await stage.turn();
    const record = await stage.record(domain);
    expect(record.reason?.code).toBe("OWNERSHIP_UNPROVEN");
    expect([...(record.certificate?.names ?? []), ...(record.further ?? [])]).not.toContain("a.example");
    const front = await stage.memory.frontItem(domain);
    expect([front?.certificate, ...(front?.further ?? [])].flatMap((one) => one?.summary.names ?? [])).not.toContain(
      "a.example",
    );

    prove("a.example", BEN);
    expect((await stage.nextTurn(domain)).certificate?.names).toContain("a.example");
  });

  it("comes back to the same customer with the certificate that it had", async () => {
    await annas("a.example");
    const before = await served("a.example");
    await stage.apply();
    await stage.turn();
    stage.resolver.remove("_certfront.a.example");
    await stage.apply(tenant("a.example", { owner: "anna", upstream: "http://10.0.0.9:80" }));
    await stage.turn();
    expect(await served("a.example")).toBe(before);
  });

  it("keeps its 30 days where nobody said whose it was", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example"));
    await stage.turn();
    await stage.apply();
    await expect(stage.apply(tenant("a.example", { owner: "ben", upstream: "http://10.0.0.9:80" }))).rejects.toThrow(
      "a.example: was a.example's",
    );
  });
});
