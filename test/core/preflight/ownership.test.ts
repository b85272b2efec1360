import { checkOwnership, proofOf } from "../../../core/preflight/ownership";
import { ownershipValue } from "../../../core/tenant/ownership";
import { FakeResolver, withoutSource } from "../../../testing/fake-resolver";
import { certificateSummary, tenant } from "../../../testing/records";

type Zone = Parameters<FakeResolver["set"]>[1];

const DOOR = { addresses: ["192.0.2.10"], cnameTarget: "door.certfront.test" };
const NAME = "www.shop.example.co.uk";
const VALUE = ownershipValue("certfront-prod", "customer-17");
const OTHERS = ownershipValue("certfront-prod", "customer-18");
const proof = { value: VALUE, names: ["shop.example.co.uk", NAME] };
const AT_NAME = "_certfront.www.shop.example.co.uk";

const dnsWith = (zones: Readonly<Record<string, Zone>>): FakeResolver => {
  const resolver = new FakeResolver();
  resolver.set(DOOR.cnameTarget, { a: DOOR.addresses });
  for (const [name, zone] of Object.entries(zones)) resolver.set(name, zone);
  return resolver;
};
const check = (zones: Readonly<Record<string, Zone>>, source?: Readonly<Record<string, Zone>>) => {
  const resolver = dnsWith(zones);
  if (source) resolver.source = dnsWith(source);
  return checkOwnership(NAME, proof, resolver, DOOR);
};

describe("what an owner has to prove", () => {
  const owned = tenant("shop.example", { aliases: ["www.shop.example", "new.shop.example"], owner: "customer-17" });

  it("is nothing where nobody was named as the owner", () => {
    expect(proofOf({ tenant: tenant("shop.example") }, "certfront-prod")).toBeUndefined();
  });

  it("is every name at first, by the value of this owner at this stack", () => {
    expect(proofOf({ tenant: owned }, "certfront-prod")).toEqual({
      value: VALUE,
      names: ["shop.example", "www.shop.example", "new.shop.example"],
    });
    expect(proofOf({ tenant: owned }, "certfront-test")?.value).not.toBe(VALUE);
  });

  it("is only what no certificate of the tenant serves yet, from then on", () => {
    const certificate = certificateSummary("shop.example");
    const further = [certificateSummary("www.shop.example")];
    expect(proofOf({ tenant: owned, certificate, further }, "certfront-prod")?.names).toEqual(["new.shop.example"]);
  });
});

describe("a name belongs to the customer who asked for it", () => {
  it.each([
    ["by a record beside it", { [AT_NAME]: { txt: [VALUE] } }],
    ["by a record beside a name that it lies below", { "_certfront.shop.example.co.uk": { txt: [VALUE] } }],
    ["by a record beside the registered domain", { "_certfront.example.co.uk": { txt: [VALUE] } }],
    ["by one of several records", { [AT_NAME]: { txt: ["v=spf1 -all", OTHERS, VALUE] } }],
    ["by a value in quotes, as panels ask for it", { [AT_NAME]: { txt: [`" ${VALUE} "`] } }],
    ["by a value between spaces", { [AT_NAME]: { txt: [` ${VALUE}\t`] } }],
    [
      "by a record beside the registered domain, whatever cannot be read below it",
      { [AT_NAME]: { servfail: true }, "_certfront.example.co.uk": { txt: [VALUE] } },
    ],
  ])("%s", async (_, zones) => {
    expect(await check(zones)).toEqual({ ok: true });
  });
});

describe("a name is not shown to be the customer's", () => {
  const advice = { name: "_certfront.shop.example.co.uk", type: "TXT", action: "create", values: [VALUE] };
  const CREATE = `Create the TXT record ${advice.name} → ${VALUE}.`;
  const nothing = `there is no record ${advice.name}`;

  it.each<[string, Readonly<Record<string, Zone>>, string]>([
    ["nothing is there", {}, nothing],
    ["other records are there", { [AT_NAME]: { txt: ["v=spf1 -all"] } }, nothing],
    ["the value stands above what was registered", { "_certfront.co.uk": { txt: [VALUE] } }, nothing],
    ["the value stands beside no label of ours", { [NAME]: { txt: [VALUE] } }, nothing],
    ["the value is a part of another", { [AT_NAME]: { txt: [`x "${VALUE}"`] } }, nothing],
    [
      "another owner is named",
      { [AT_NAME]: { txt: [`"${OTHERS}"`, "v=spf1 -all"] } },
      `its record names somebody else (${OTHERS})`,
    ],
    [
      "several others are named, of which three are told",
      {
        [AT_NAME]: { txt: ["certfront=1", "certfront=2"] },
        "_certfront.example.co.uk": { txt: ["certfront=3", "certfront=4"] },
      },
      "its record names somebody else (certfront=1, certfront=2, certfront=3)",
    ],
  ])("where %s, and how to show it", async (_, zones, why) => {
    expect(await check(zones)).toEqual({
      ok: false,
      reason: {
        code: "OWNERSHIP_UNPROVEN",
        sentence: `Nothing in DNS shows that ${NAME} belongs to the customer who asked for it: ${why}. ${CREATE}`,
        dns: [advice],
      },
    });
  });

  it("where the records cannot be read: its servers are asked to be mended", async () => {
    expect(
      await check({ [AT_NAME]: { servfail: "EREFUSED" }, "_certfront.example.co.uk": { servfail: true } }),
    ).toEqual({
      ok: false,
      reason: {
        code: "DNS_SERVFAIL",
        sentence: `The TXT records that show whose ${NAME} is cannot be read (EREFUSED). Often DNSSEC is broken: ask whoever runs the domain's DNS.`,
      },
    });
  });

  it("where our own resolvers fail, which is ours to cure", async () => {
    const down = { [AT_NAME]: { servfail: true }, [DOOR.cnameTarget]: { servfail: true } };
    expect(await check(down)).toMatchObject({ ok: false, ours: true, reason: { code: "INTERNAL" } });
  });
});

describe("what is not proven is asked again at the zone's own servers", () => {
  const proven = { [AT_NAME]: { txt: [VALUE] } };
  it.each([
    ["and counts, for caches may not have it yet", proven, { ok: true }],
    [
      "and their no is told, being newer",
      { [AT_NAME]: { txt: ["certfront=9"] } },
      { reason: { code: "OWNERSHIP_UNPROVEN", sentence: expect.stringContaining("certfront=9") } },
    ],
    [
      "but where they do not answer, what resolvers say holds",
      { [AT_NAME]: { servfail: true } },
      { reason: { code: "OWNERSHIP_UNPROVEN", sentence: expect.stringContaining("there is no record") } },
    ],
  ])("%s", async (_, source, expected) => {
    expect(await check({}, source)).toMatchObject(expected);
  });

  it("but not what cannot be read, or is proven", async () => {
    expect(await check({ [AT_NAME]: { servfail: true } }, proven)).toMatchObject({ reason: { code: "DNS_SERVFAIL" } });
    expect(await check(proven, { [AT_NAME]: { txt: ["certfront=9"] } })).toEqual({ ok: true });
  });

  it("where the resolver can ask them at all", async () => {
    const resolver = withoutSource(dnsWith({}));
    expect(await checkOwnership(NAME, proof, resolver, DOOR)).toMatchObject({ reason: { code: "OWNERSHIP_UNPROVEN" } });
  });
});
