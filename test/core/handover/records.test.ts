import { dnsHost } from "../../../core/handover/dns-hosts";
import { recordsToSet, zoneOf } from "../../../core/handover/records";
import { checkDns } from "../../../core/preflight/dns";
import type { DnsAdvice } from "../../../core/record/reason";
import { FakeResolver, issueRecord } from "../../../testing/fake-resolver";

const BALANCER = { addresses: ["192.0.2.10", "192.0.2.11"], cnameTarget: "edge.hosting.example" };
let dns: FakeResolver;

beforeEach(() => {
  dns = new FakeResolver();
  dns.set("paris.example", { ns: ["NS2.gandi.net.", "ns1.gandi.net"] });
});

/** `action TYPE host value | found`. */
async function lines(advice: readonly DnsAdvice[]): Promise<string[]> {
  const records = await recordsToSet(advice, dns);
  return records.map(
    ({ action, type, host, value, found }) => `${action} ${type} ${host} ${value} | ${found.join(" ") || "-"}`,
  );
}

/** From a name's DNS to the box, as the preflight advises. */
async function box(name: string): Promise<string[]> {
  const check = await checkDns(name, dns, BALANCER);
  return check.ok ? ["ok"] : lines(check.reason.dns ?? []);
}

describe("the records to set for", () => {
  it("a name that does not exist", async () => {
    expect(await box("data.paris.example")).toEqual(["create CNAME data edge.hosting.example | -"]);
  });

  it("a zone itself, which can have no CNAME", async () => {
    dns.set("paris.example", { ns: ["ns1.gandi.net"], a: ["203.0.113.9"] });
    expect(await box("paris.example")).toEqual([
      "change A @ 192.0.2.10 | 203.0.113.9",
      "create A @ 192.0.2.11 | 203.0.113.9",
    ]);
  });

  it("a name with an address too many", async () => {
    dns.set("data.paris.example", { a: ["203.0.113.9", "192.0.2.10", "192.0.2.11"] });
    expect(await box("data.paris.example")).toEqual([
      "delete A data 203.0.113.9 | 192.0.2.10 192.0.2.11 203.0.113.9",
      "keep A data 192.0.2.10 | 192.0.2.10 192.0.2.11 203.0.113.9",
      "keep A data 192.0.2.11 | 192.0.2.10 192.0.2.11 203.0.113.9",
    ]);
  });

  it("an alias to somewhere else, whose addresses are not the name's own", async () => {
    dns.set("data.paris.example", { cname: "Shop.Elsewhere.example.", a: ["203.0.113.9"] });
    expect(await box("data.paris.example")).toEqual([
      "change CNAME data edge.hosting.example | shop.elsewhere.example",
    ]);
  });

  it("an IPv6 address that is not ours, beside the one that stays", async () => {
    dns.set("data.paris.example", { a: ["192.0.2.10"], aaaa: ["2001:db8::1"] });
    expect(await box("data.paris.example")).toEqual([
      "delete AAAA data 2001:db8::1 | 2001:db8::1",
      "keep A data 192.0.2.10 | 192.0.2.10",
    ]);
  });

  it("an alias that leads here over IPv4 alone: nothing stands beside a CNAME that could be deleted", async () => {
    dns.set("data.paris.example", { cname: "old.hosting.example", a: ["192.0.2.10"], aaaa: ["2001:db8::1"] });
    expect(await box("data.paris.example")).toEqual(["change CNAME data edge.hosting.example | old.hosting.example"]);
  });

  it("a zone that forbids our CA: the others stay", async () => {
    dns.set("paris.example", { ns: ["ns1.gandi.net"], caa: [issueRecord("digicert.com")] });
    const advice: DnsAdvice = {
      name: "paris.example",
      type: "CAA",
      action: "create",
      values: ['0 issue "letsencrypt.org"'],
    };
    expect(await lines([advice, advice])).toEqual([
      'create CAA @ 0 issue "letsencrypt.org" | 0 issue "digicert.com"',
      'keep CAA @ 0 issue "digicert.com" | 0 issue "digicert.com"',
    ]);
  });

  it("a customer who has done it by now", async () => {
    dns.set("data.paris.example", { cname: "edge.hosting.example" });
    const advice: DnsAdvice = {
      name: "data.paris.example",
      type: "CNAME",
      action: "create",
      values: ["edge.hosting.example"],
    };
    expect(await lines([advice])).toEqual(["keep CNAME data edge.hosting.example | edge.hosting.example"]);
  });
});

describe("beside an address to delete", () => {
  const delete6: DnsAdvice = { name: "data.paris.example", type: "AAAA", action: "delete", values: ["2001:db8::1"] };
  const set4 = (name: string): DnsAdvice => ({ name, type: "A", action: "change", values: ["192.0.2.11"] });
  beforeEach(() => dns.set("data.paris.example", { a: ["192.0.2.10"], aaaa: ["2001:db8::1"] }));

  it("none is said to stay that goes too", async () => {
    expect(await lines([delete6, set4("data.paris.example")])).toEqual([
      "delete AAAA data 2001:db8::1 | 2001:db8::1",
      "change A data 192.0.2.11 | 192.0.2.10",
    ]);
  });

  it("the one that stays is said, also where another name's goes", async () => {
    dns.set("www.paris.example", { a: ["192.0.2.10"] });
    expect(await lines([delete6, set4("www.paris.example")])).toEqual([
      "delete AAAA data 2001:db8::1 | 2001:db8::1",
      "change A www 192.0.2.11 | 192.0.2.10",
      "keep A data 192.0.2.10 | 192.0.2.10",
    ]);
  });

  it("stands none of an alias, whose addresses are another name's", async () => {
    dns.set("data.paris.example", { cname: "old.hosting.example", a: ["192.0.2.10"], aaaa: ["2001:db8::1"] });
    expect(await lines([delete6])).toEqual(["delete AAAA data 2001:db8::1 | -"]);
  });
});

describe("of several records of a name", () => {
  it("those stay that a new TXT record says nothing of", async () => {
    dns.set("_certfront.paris.example", { txt: ["v=spf1 -all", "google-site-verification=1"] });
    const advice = { name: "_certfront.paris.example", type: "TXT", action: "create", values: ["proof"] } as const;
    expect(await lines([advice])).toEqual([
      "create TXT _certfront proof | google-site-verification=1 v=spf1 -all",
      "keep TXT _certfront google-site-verification=1 | google-site-verification=1 v=spf1 -all",
      "keep TXT _certfront v=spf1 -all | google-site-verification=1 v=spf1 -all",
    ]);
  });

  it("none is said to stay where one of them is to be changed", async () => {
    const records = [issueRecord("letsencrypt.org; accounturi=https://ca.example/1"), issueRecord("digicert.com")];
    dns.set("paris.example", { ns: ["ns1.gandi.net"], caa: records });
    const advice = {
      name: "paris.example",
      type: "CAA",
      action: "change",
      values: ['0 issue "letsencrypt.org"'],
    } as const;
    expect((await recordsToSet([advice], dns)).map(({ action, value }) => [action, value])).toEqual([
      ["change", '0 issue "letsencrypt.org"'],
    ]);
  });
});

describe("where records are kept", () => {
  it("is the closest zone that has name servers", async () => {
    dns.set("open.paris.example", { ns: ["a.ns.example"] });
    expect(await zoneOf("data.open.paris.example", dns)).toEqual({
      zone: "open.paris.example",
      nameservers: ["a.ns.example"],
    });
    expect(await zoneOf("www.data.paris.example", dns)).toEqual({
      zone: "paris.example",
      nameservers: ["ns1.gandi.net", "ns2.gandi.net"],
    });
  });

  it("is the registered domain where DNS does not say, and nothing above it", async () => {
    dns.set("co.uk", { ns: ["nsa.nic.uk"] });
    expect(await zoneOf("a.b.shop.co.uk", dns)).toEqual({ zone: "shop.co.uk", nameservers: [] });
    dns.set("nice.example", { servfail: true });
    expect(await zoneOf("www.nice.example", dns)).toEqual({ zone: "nice.example", nameservers: [] });
  });

  it.each([
    [["ns-1.awsdns-12.co.uk", "ns-2048.awsdns-64.com"], "Amazon Route 53"],
    [["art.ns.cloudflare.com", "lea.ns.cloudflare.com"], "Cloudflare"],
    [["ns1.gandi.net", "ns1.ovh.net"], undefined],
    [["ns1.evilgandi.net"], undefined],
    [[], undefined],
  ])("%j is %s", (nameservers, host) => expect(dnsHost(nameservers)).toBe(host));
});
