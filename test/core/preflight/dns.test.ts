import { checkDns, type LoadBalancer } from "../../../core/preflight/dns";
import type { DnsAdvice, ReasonCode } from "../../../core/record/reason";
import { FakeResolver } from "../../../testing/fake-resolver";

type Zone = Parameters<FakeResolver["set"]>[1];

const DOOR: LoadBalancer = { addresses: ["192.0.2.10", "192.0.2.11"], cnameTarget: "door.certfront.test" };
const APEX = "paris.example";
const WWW = "www.paris.example";
const FOREIGN = "203.0.113.9";
const CLOUDFLARE = "104.16.1.1";
const V6 = "2001:db8::1";

const dnsWith = (name: string, zone: Zone | undefined): FakeResolver => {
  const resolver = new FakeResolver();
  resolver.set(DOOR.cnameTarget, { a: DOOR.addresses });
  if (zone) resolver.set(name, zone);
  return resolver;
};
const check = (name: string, zone?: Zone) => checkDns(name, dnsWith(name, zone), DOOR);

const record = (name: string, type: DnsAdvice["type"], action: DnsAdvice["action"], ...values: string[]) =>
  ({ name, type, action, values }) as const;
const cname = (action: DnsAdvice["action"]) => record(WWW, "CNAME", action, DOOR.cnameTarget);
const addresses = (name: string, action: DnsAdvice["action"]) => record(name, "A", action, ...DOOR.addresses);
const noIpv6 = (name: string) => record(name, "AAAA", "delete", V6);
const CREATE_CNAME = `Create the CNAME record ${WWW} → door.certfront.test.`;
const CHANGE_CNAME = `Change the CNAME record ${WWW} to door.certfront.test.`;
const CHANGE_A = `Change the A record ${WWW} to 192.0.2.10 and 192.0.2.11.`;

describe("a name that leads here", () => {
  it.each([
    ["to all of our addresses", { a: DOOR.addresses }, DOOR.addresses],
    ["to one of them", { a: ["192.0.2.11"] }, ["192.0.2.11"]],
    ["by an alias", { a: DOOR.addresses, cname: DOOR.cnameTarget }, DOOR.addresses],
  ])("is good: %s", async (_, zone, found) => {
    expect(await check(WWW, zone)).toStrictEqual({ ok: true, addresses: found });
  });

  it("is good, with a warning, where its AAAA records cannot be read", async () => {
    expect(await check(WWW, { a: DOOR.addresses, aaaaServfail: true })).toEqual({
      ok: true,
      addresses: DOOR.addresses,
      warning: {
        code: "DNS_SERVFAIL",
        sentence: `The name servers of ${WWW} do not answer properly when asked for AAAA records (ESERVFAIL). Its A record is good, and certificates are ordered; some visitors may wait longer. Tell whoever runs the domain's DNS.`,
      },
    });
  });
});

describe("a name that does not lead here is told with the records to set", () => {
  it.each<[string, string, Zone | undefined, ReasonCode, string, readonly DnsAdvice[]]>([
    [
      "it does not exist",
      WWW,
      undefined,
      "DNS_NXDOMAIN",
      `${WWW} does not exist in DNS. ${CREATE_CNAME}`,
      [cname("create")],
    ],
    [
      "it was registered and has nothing: an apex can have no CNAME",
      APEX,
      {},
      "DNS_NOT_POINTING",
      `${APEX} has no address in DNS. Create the A record ${APEX} → 192.0.2.10 and 192.0.2.11.`,
      [addresses(APEX, "create")],
    ],
    [
      "its alias has no address",
      WWW,
      { cname: "Gone.Example." },
      "DNS_NOT_POINTING",
      `${WWW} is a CNAME for gone.example, which has no address. ${CHANGE_CNAME}`,
      [cname("change")],
    ],
    [
      "it leads elsewhere",
      WWW,
      { a: [FOREIGN] },
      "DNS_NOT_POINTING",
      `${WWW} points to ${FOREIGN}, not to our load balancer. ${CHANGE_A}`,
      [addresses(WWW, "change")],
    ],
    [
      "it leads here and elsewhere",
      WWW,
      { a: ["192.0.2.10", FOREIGN] },
      "DNS_NOT_POINTING",
      `${WWW} points partly to ${FOREIGN}, not to our load balancer. ${CHANGE_A}`,
      [addresses(WWW, "change")],
    ],
    [
      "it leads elsewhere by an alias, whose addresses are not its own to delete",
      WWW,
      { a: [FOREIGN], aaaa: [V6], cname: "host.example" },
      "DNS_NOT_POINTING",
      `${WWW} points to host.example (${FOREIGN}, ${V6}), not to our load balancer. ${CHANGE_CNAME}`,
      [cname("change")],
    ],
    [
      "it leads elsewhere over IPv4 and IPv6",
      WWW,
      { a: [FOREIGN], aaaa: [V6] },
      "DNS_NOT_POINTING",
      `${WWW} points to ${FOREIGN}, ${V6}, not to our load balancer. ${CHANGE_A}`,
      [addresses(WWW, "change"), noIpv6(WWW)],
    ],
    [
      "it leads elsewhere over IPv6 alone",
      WWW,
      { aaaa: [V6] },
      "DNS_NOT_POINTING",
      `${WWW} points to ${V6}, not to our load balancer. ${CREATE_CNAME}`,
      [cname("create"), noIpv6(WWW)],
    ],
    [
      "it is behind a proxy, known by its address",
      WWW,
      { a: [FOREIGN, CLOUDFLARE] },
      "PROXY_IN_FRONT",
      `${WWW} goes through Cloudflare, which ends TLS before our load balancer is reached. Turn the proxy off for this name (DNS only). ${CHANGE_A}`,
      [addresses(WWW, "change")],
    ],
    [
      "it is behind a proxy, known by its alias",
      WWW,
      { a: [FOREIGN], cname: "d1.CloudFront.net." },
      "PROXY_IN_FRONT",
      `${WWW} goes through Amazon CloudFront, which ends TLS before our load balancer is reached. Turn the proxy off for this name (DNS only). ${CHANGE_CNAME}`,
      [cname("change")],
    ],
    [
      "it is behind a proxy known by its address, by an alias that tells nothing",
      WWW,
      { a: [CLOUDFLARE], cname: "host.example" },
      "PROXY_IN_FRONT",
      `${WWW} goes through Cloudflare, which ends TLS before our load balancer is reached. Turn the proxy off for this name (DNS only). ${CHANGE_CNAME}`,
      [cname("change")],
    ],
    [
      "it leads here over IPv4 only",
      APEX,
      { a: DOOR.addresses, aaaa: [V6] },
      "DNS_AAAA_STALE",
      `${APEX} points to our load balancer over IPv4, but its AAAA record leads elsewhere, and CAs and many visitors prefer IPv6. Delete the AAAA record ${APEX} → ${V6}.`,
      [noIpv6(APEX)],
    ],
    [
      "it leads here over IPv4 only, by our own name: the address is from before",
      WWW,
      { a: DOOR.addresses, aaaa: [V6], cname: DOOR.cnameTarget },
      "DNS_AAAA_STALE",
      `${WWW} points to our load balancer over IPv4, but its AAAA record leads elsewhere, and CAs and many visitors prefer IPv6. Delete the AAAA record ${WWW} → ${V6}.`,
      [noIpv6(WWW)],
    ],
    [
      "it leads here over IPv4 only, by an alias: beside that there is no record to delete",
      WWW,
      { a: DOOR.addresses, aaaa: [V6], cname: "host.example" },
      "DNS_AAAA_STALE",
      `${WWW} is a CNAME for host.example, which leads to our load balancer over IPv4 but elsewhere over IPv6, and CAs and many visitors prefer IPv6. ${CHANGE_CNAME}`,
      [cname("change")],
    ],
  ])("%s", async (_, name, zone, code, sentence, dns) => {
    expect(await check(name, zone)).toEqual({ ok: false, reason: { code, sentence, dns } });
  });
});

describe("a name whose servers fail", () => {
  it("is its owner's to cure, while our own name can be looked up", async () => {
    expect(await check(WWW, { servfail: true })).toEqual({
      ok: false,
      reason: {
        code: "DNS_SERVFAIL",
        sentence: `The name servers of ${WWW} do not answer properly (ESERVFAIL); a CA would refuse to issue. Often DNSSEC is broken: ask whoever runs the domain's DNS.`,
      },
    });
  });

  const ours = (detail: string) => ({
    ok: false,
    ours: true,
    reason: {
      code: "INTERNAL",
      sentence: `Our own DNS resolvers do not answer (${detail}), so ${WWW} could not be looked up; certfront tries again within a minute. Nothing is wrong with the tenant's DNS: look at the issuer's network and DNS_SERVERS.`,
    },
  });

  it("is ours to cure where our own name cannot be looked up either", async () => {
    const resolver = dnsWith(WWW, { servfail: "ETIMEOUT" });
    resolver.set(DOOR.cnameTarget, { servfail: true });
    expect(await checkDns(WWW, resolver, DOOR)).toEqual(ours("ETIMEOUT"));
  });

  it.each([["ECONNREFUSED"], ["EHOSTUNREACH"], ["ENETUNREACH"], ["ENETDOWN"], ["EACCES"], ["EPERM"], ["ECANCELLED"]])(
    "is ours to cure where a socket says so: %s, which needs no second question",
    async (servfail) => {
      const resolver = dnsWith(WWW, { servfail });
      expect(await checkDns(WWW, resolver, DOOR)).toEqual(ours(servfail));
      expect(resolver.queries).not.toContain(`A ${DOOR.cnameTarget}`);
    },
  );
});
