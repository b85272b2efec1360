import * as http from "node:http";
import type { AddressInfo } from "node:net";
import type { IssuerPorts } from "../../core/issue/ports";
import type { ReasonCode } from "../../core/record/reason";
import type { DnsRecords } from "../../local/process/parts/dns-answer";
import { AcmeStage } from "../../testing/acme-stage";
import { PlainHttpProbe } from "../../wire/http-probe";

/** Every way to have no certificate says which it is, in a sentence that support staff can act on. */
describe("a tenant without a certificate", () => {
  let stage: AcmeStage;
  let stranger: http.Server;
  beforeAll(async () => {
    stage = await AcmeStage.start();
    await stage.addPebble({ blocklist: ["blocked.example"] }, { name: "pebble" });
    stranger = http.createServer((_request, response) => response.writeHead(200).end("<html>parked</html>"));
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    stranger.close();
    await stage.stop();
  });

  interface Case {
    readonly what: string;
    readonly code: ReasonCode;
    /** What the sentence must say beside the domain. */
    readonly says: RegExp;
    /** The record to set: type, action, values. */
    readonly record?: readonly [string, string, string];
    readonly domain?: string;
    /** What DNS has under the name. */
    readonly dns?: DnsRecords;
    arrange?(): Promise<Partial<IssuerPorts>>;
    readonly orders?: number;
  }
  const strangerPort = () => (stranger.address() as AddressInfo).port;

  const cases: readonly Case[] = [
    {
      what: "that does not exist in DNS",
      code: "DNS_NXDOMAIN",
      says: /does not exist/,
      record: ["CNAME", "create", "lb.certfront.example"],
      domain: "www.nowhere.example",
      dns: { fails: "nxdomain" },
    },
    {
      what: "that points elsewhere",
      code: "DNS_NOT_POINTING",
      says: /203\.0\.113\.7/,
      record: ["A", "change", "127.0.0.1"],
      dns: { a: ["203.0.113.7"] },
    },
    {
      what: "whose AAAA record leads elsewhere",
      code: "DNS_AAAA_STALE",
      says: /AAAA/,
      record: ["AAAA", "delete", "2001:db8::7"],
      dns: { aaaa: ["2001:db8::7"] },
    },
    {
      what: "whose name servers fail",
      code: "DNS_SERVFAIL",
      says: /name servers/,
      dns: { fails: "servfail" },
    },
    {
      what: "behind a proxy",
      code: "PROXY_IN_FRONT",
      says: /Cloudflare/,
      record: ["A", "change", "127.0.0.1"],
      dns: { a: ["104.16.132.229"] },
    },
    {
      what: "whose CAA records allow another CA only",
      code: "CAA_FORBIDS",
      says: /other-ca\.example/,
      record: ["CAA", "create", '0 issue "pebble.example"'],
      dns: { caa: [{ tag: "issue", value: "other-ca.example" }] },
    },
    {
      what: "whose CAA records allow another account only",
      code: "CAA_FORBIDS",
      says: /accounturi/,
      record: ["CAA", "change", '0 issue "pebble.example; accounturi='],
      dns: { caa: [{ tag: "issue", value: "pebble.example; accounturi=https://ca.example/acct/9" }] },
    },
    {
      what: "where our own port 80 is closed",
      code: "PORT80_UNREACHABLE",
      says: /ECONNREFUSED/,
      arrange: async () => ({ probe: new PlainHttpProbe(1) }),
    },
    {
      what: "where something else answers on port 80",
      code: "TOKEN_MISMATCH",
      says: /another content/,
      arrange: async () => ({ probe: new PlainHttpProbe(strangerPort()) }),
    },
    {
      what: "that the CA refuses by policy",
      code: "CA_REJECTED",
      says: /policy/,
      domain: "www.blocked.example",
    },
    {
      what: "whose CA wants an external account binding",
      code: "ACCOUNT_ERROR",
      says: /external account binding/,
      arrange: () => onlyCa({ eab: { "kid-1": Buffer.alloc(32, 7).toString("base64url") } }),
    },
    {
      what: "whose CA cannot connect to port 80",
      code: "PORT80_UNREACHABLE",
      says: /could not connect/,
      orders: 1,
      arrange: () => onlyCa({ httpPort: 1 }),
    },
    {
      what: "whose CA fetches something else than the token",
      code: "TOKEN_MISMATCH",
      says: /got something else/,
      orders: 1,
      arrange: () => onlyCa({ httpPort: strangerPort() }),
    },
    {
      what: "whose CA is down",
      code: "CA_DOWN",
      says: /cannot be reached/,
      arrange: async () => {
        const { pebble, ports } = await anotherCa({});
        await pebble.stop();
        return ports;
      },
    },
  ];

  /** A Pebble of the case's own, and ports that know no other CA. */
  async function anotherCa(options: object) {
    const { pebble, ca } = await stage.addPebble(options, { name: `other-${others++}` });
    stage.cas.pop();
    opened.push(ca);
    return { pebble, ports: { cas: [ca] } };
  }
  // An outage is remembered by the CA's name.
  let others = 1;
  const opened: { close(): void }[] = [];
  afterEach(() => {
    for (const ca of opened.splice(0)) ca.close();
  });
  const onlyCa = async (options: object) => (await anotherCa(options)).ports;

  it.each(cases.map((entry) => [entry.what, entry.code, entry] as const))("%s: %s", async (_what, code, entry) => {
    const domain = entry.domain ?? `${code.toLowerCase().replaceAll("_", "-")}-${cases.indexOf(entry)}.example`;
    if (entry.dns) stage.dns.set(domain, entry.dns);
    const ports = stage.ports((await entry.arrange?.()) ?? {});
    await stage.addTenant(domain);
    const [outcome] = await stage.turn([domain], ports);
    expect(outcome).toMatchObject({ domain, reason: code });
    const { state, reason, nextActionAt = 0, certificate, failures } = await stage.record(domain);
    expect(state).not.toBe("active");
    expect(certificate).toBeUndefined();
    expect(reason?.sentence).toContain(domain);
    expect(reason?.sentence).toMatch(entry.says);
    expect(reason?.sentence).toMatch(/\.$/);
    const [type, action, value] = entry.record ?? [];
    if (type !== undefined) {
      // The end of a value may be this run's own: the URL of our account.
      expect(reason?.dns).toEqual([
        expect.objectContaining({ type, action, values: [expect.stringContaining(value ?? "")] }),
      ]);
      expect(reason?.sentence).toContain(value);
    }
    // Soon again, but never at once.
    const wait = nextActionAt - stage.clock.now();
    expect(wait).toBeGreaterThanOrEqual(1_000);
    expect(wait).toBeLessThanOrEqual(24 * 3_600_000);
    expect(failures).toBe(code === "CA_REJECTED" || entry.orders ? 1 : 0);
  });

  it("and one whose cause is cured gets its certificate at the next look", async () => {
    const domain = "cured.example";
    stage.dns.set(domain, { a: ["203.0.113.7"] });
    await stage.addTenant(domain);
    await stage.turn([domain]);
    expect((await stage.record(domain)).reason?.code).toBe("DNS_NOT_POINTING");
    stage.dns.clear(domain);
    const cured = await stage.nextTurn(domain);
    expect([cured.state, cured.reason]).toEqual(["active", undefined]);
  });
});
