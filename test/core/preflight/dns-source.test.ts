import { checkDns, type LoadBalancer } from "../../../core/preflight/dns";
import { FakeResolver, withoutSource } from "../../../testing/fake-resolver";

type Zone = Parameters<FakeResolver["set"]>[1];

const DOOR: LoadBalancer = { addresses: ["192.0.2.10"], cnameTarget: "door.certfront.test" };
const NAME = "www.paris.example";
const GOOD: Zone = { a: DOOR.addresses };
const dnsWith = (zone: Zone): FakeResolver => {
  const resolver = new FakeResolver();
  resolver.set(DOOR.cnameTarget, GOOD);
  resolver.set(NAME, zone);
  return resolver;
};
/** What resolvers have, and what the zone's own servers say. */
const check = (seen: Zone, atSource?: Zone) => {
  const resolver = dnsWith(seen);
  if (atSource) resolver.source = dnsWith(atSource);
  return checkDns(NAME, resolver, DOOR);
};
const elsewhere: Zone = { a: ["203.0.113.9"] };

describe("a no is asked again at the zone's own servers", () => {
  it.each<[string, Zone]>([
    ["no address", {}],
    ["another address", elsewhere],
    ["an old IPv6 address", { ...GOOD, aaaa: ["2001:db8::1"] }],
    ["a proxy", { a: ["104.16.1.1"] }],
  ])("where caches may still have it: %s", async (_, seen) => {
    expect(await check(seen, GOOD)).toEqual({ ok: true, addresses: DOOR.addresses });
    expect(await check(seen)).toMatchObject({ ok: false });
  });

  it("also that the name does not exist", async () => {
    const resolver = new FakeResolver();
    expect(await checkDns(NAME, resolver, DOOR)).toMatchObject({ reason: { code: "DNS_NXDOMAIN" } });
    resolver.source = dnsWith(GOOD);
    expect(await checkDns(NAME, resolver, DOOR)).toMatchObject({ ok: true });
  });

  it("and their no is the one that is told, being newer", async () => {
    expect(await check({}, elsewhere)).toMatchObject({
      reason: { code: "DNS_NOT_POINTING", sentence: expect.stringContaining("203.0.113.9") },
    });
  });

  it("but where they do not answer, what resolvers say holds", async () => {
    expect(await check(elsewhere, { servfail: true })).toMatchObject({ reason: { code: "DNS_NOT_POINTING" } });
  });

  it("but not that they fail: their answers are not validated (DNSSEC), and those of resolvers are", async () => {
    expect(await check({ servfail: true }, GOOD)).toMatchObject({ reason: { code: "DNS_SERVFAIL" } });
  });

  it("and a yes is not", async () => {
    expect(await check(GOOD, elsewhere)).toMatchObject({ ok: true });
  });

  it("where the resolver can ask them at all", async () => {
    const asked = withoutSource(dnsWith(elsewhere));
    expect(await checkDns(NAME, asked, DOOR)).toMatchObject({ reason: { code: "DNS_NOT_POINTING" } });
  });
});
