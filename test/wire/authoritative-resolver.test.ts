import { checkDns } from "../../core/preflight/dns";
import { startTinyDns, type TinyAnswer, type TinyDns } from "../../testing/tiny-dns";
import { DnsResolver } from "../../wire/dns/resolver";

const OURS = Buffer.from([198, 51, 100, 1]);
const THEIRS = Buffer.from([203, 0, 113, 9]);
const HERE = Buffer.from([127, 0, 0, 1]);
const DOOR = { addresses: ["198.51.100.1"], cnameTarget: "lb.front.test" };

const domainName = (name: string) =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

/** A zone `shop.test`, whose own server has already what a public resolver does not know yet. */
describe("a customer who has just set the record", () => {
  let recursive: TinyDns;
  let authority: TinyDns;
  let cached: Record<string, TinyAnswer>;
  let zone: Record<string, TinyAnswer>;
  beforeAll(async () => {
    recursive = await startTinyDns((type, name) => cached[`${type} ${name}`] ?? {});
    authority = await startTinyDns((type, name) => zone[`${type} ${name}`] ?? {});
  });
  afterAll(() => Promise.all([recursive.stop(), authority.stop()]));
  beforeEach(() => {
    cached = {
      "A www.shop.test": { rcode: "nxdomain" },
      "NS shop.test": { records: [domainName("ns1.shop.test")] },
      "A ns1.shop.test": { records: [HERE] },
      "A lb.front.test": { records: [OURS] },
    };
    zone = { "A www.shop.test": { records: [OURS] } };
    authority.questions.length = 0;
  });

  const check = (allows = (address: string) => address === "127.0.0.1") => {
    const port = Number(authority.server.split(":")[1]);
    return checkDns("www.shop.test", new DnsResolver([recursive.server], { allows, port }), DOOR);
  };

  it("does not wait until resolvers forget that there was none", async () => {
    expect(await check()).toEqual({ ok: true, addresses: ["198.51.100.1"] });
  });

  it("does not wait until resolvers forget the old one", async () => {
    cached["A www.shop.test"] = { records: [THEIRS] };
    expect(await check()).toEqual({ ok: true, addresses: ["198.51.100.1"] });
  });

  it("may have set an alias that leads to our zone", async () => {
    zone = { "CNAME www.shop.test": { records: [domainName("lb.front.test")] } };
    expect(await check()).toEqual({ ok: true, addresses: ["198.51.100.1"] });
  });

  it("is told what the zone says now, where that is wrong too", async () => {
    zone = { "A www.shop.test": { records: [THEIRS] } };
    expect(await check()).toMatchObject({
      ok: false,
      reason: { code: "DNS_NOT_POINTING", sentence: expect.stringContaining("203.0.113.9") },
    });
  });

  it("is told what resolvers say, where the zone's server does not answer properly", async () => {
    zone = { "A www.shop.test": { rcode: "refused" } };
    expect(await check()).toMatchObject({ ok: false, reason: { code: "DNS_NXDOMAIN" } });
  });

  it("cannot make us ask a server at an address that is not public", async () => {
    cached["A ns1.shop.test"] = { records: [HERE, Buffer.from([10, 0, 0, 1]), Buffer.from([169, 254, 169, 253])] };
    const port = Number(authority.server.split(":")[1]);
    const resolver = new DnsResolver([recursive.server], { port });
    expect(await checkDns("www.shop.test", resolver, DOOR)).toMatchObject({ reason: { code: "DNS_NXDOMAIN" } });
    expect(authority.questions).toEqual([]);
  });

  it("cannot make us look for more than four servers", async () => {
    const servers = Array.from({ length: 6 }, (_, n) => `ns${n}.shop.test`);
    cached["NS shop.test"] = { records: servers.map(domainName) };
    for (const server of servers) cached[`A ${server}`] = { records: [HERE] };
    recursive.questions.length = 0;
    expect(await check()).toMatchObject({ ok: true });
    const lookedFor = recursive.questions.filter((question) => /^A ns\d/.test(question));
    expect(new Set(lookedFor).size).toBe(4);
  });

  it("does not get rid of CAA records by an alias", async () => {
    const record = Buffer.concat([Buffer.from([0, 5]), Buffer.from("issueother.test")]);
    zone = { "CNAME www.shop.test": { records: [domainName("lb.front.test")] } };
    cached["CAA lb.front.test"] = { records: [record] };
    const port = Number(authority.server.split(":")[1]);
    const resolver = new DnsResolver([recursive.server], { allows: () => true, port });
    const source = await resolver.authoritative("www.shop.test");
    expect(await source?.caa("www.shop.test")).toEqual({
      status: "ok",
      owner: "lb.front.test",
      records: [{ critical: false, tag: "issue", value: "other.test" }],
    });
    zone["CAA www.shop.test"] = {};
    delete zone["CNAME www.shop.test"];
    expect(await source?.caa("www.shop.test")).toEqual({ status: "ok", records: [] });
  });

  it("costs the zone's server no question where resolvers agree already", async () => {
    cached["A www.shop.test"] = { records: [OURS] };
    expect(await check()).toEqual({ ok: true, addresses: ["198.51.100.1"] });
    expect(authority.questions).toEqual([]);
  });
});
