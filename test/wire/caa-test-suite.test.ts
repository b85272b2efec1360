import * as packet from "dns-packet";
import { caaPermits, lookUpCaa } from "../../core/preflight/caa";
import { listenForDns } from "../../local/process/parts/dns-sockets";
import { PERMITTED, recursiveAnswer } from "../../testing/caa-zones";
import { DnsResolver } from "../../wire/dns/resolver";

/**
 * The cases of SSLMate's CAA Test Suite, asked over the wire. In place of a recursive resolver stands a double that answers as one
 * that validates does: what is wrong with signatures or name servers is SERVFAIL. Its wildcard cases are left out, as tenants have none.
 */
describe("the CAA Test Suite's names", () => {
  let dns: Awaited<ReturnType<typeof listenForDns>>;
  let resolver: DnsResolver;
  beforeAll(async () => {
    dns = await listenForDns(
      (query, send) => send(recursiveAnswer(packet.decode(query), true)),
      (query) => recursiveAnswer(packet.decode(query), false),
    );
    resolver = new DnsResolver([dns.address]);
  });
  afterAll(() => dns.stop());

  const verdict = async (name: string, ca: string) => {
    const found = await lookUpCaa(name, resolver);
    if (found.status !== "ok") return "unknown";
    const identity = { caaIdentities: [ca], accountUrl: async () => undefined };
    return (await caaPermits(found.records, identity)) ? "may" : "may not";
  };

  // What any other CA may do, and what the one named may.
  it.each([
    ["empty.basic", "may not", "may not"],
    ["deny.basic", "may not", "may"],
    ["uppercase-deny.basic", "may not", "may"],
    ["mixedcase-deny.basic", "may not", "may"],
    ["big.basic", "may not", "may"],
    ["critical1.basic", "may not", "may not"],
    ["critical2.basic", "may not", "may not"],
    ["sub1.deny.basic", "may not", "may"],
    ["sub2.sub1.deny.basic", "may not", "may"],
    ["cname-deny.basic", "may not", "may"],
    ["cname-cname-deny.basic", "may not", "may"],
    ["sub1.cname-deny.basic", "may not", "may"],
    ["deny.permit.basic", "may not", "may"],
    ["permit.basic", "may", "may"],
    ["xss", "may not", "may not"],
    ["ipv6only", "may not", "may"],
    // RFC 8659 does not climb from an alias' target any more, as RFC 6844 did.
    ["cname-deny-sub.basic", "may", "may"],
    ["dname-deny.basic", "may", "may"],
    ["sub.dname-deny.basic", "may", "may"],
    ["cname-loop.basic", "may", "may"],
    ["deny-wild.basic", "may", "may"],
  ])("%s.caatestsuite.com: another CA %s issue, the one named %s", async (name, other, named) => {
    const asked = `${name}.caatestsuite.com`;
    expect([await verdict(asked, "ca.test"), await verdict(asked, PERMITTED)]).toEqual([other, named]);
  });

  it.each(["expired", "missing", "blackhole", "servfail", "refused"])(
    "%s.caatestsuite-dnssec.com: nobody knows, which is no permission",
    async (name) => {
      expect(await verdict(`${name}.caatestsuite-dnssec.com`, PERMITTED)).toBe("unknown");
    },
  );
});
