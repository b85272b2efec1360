import { DAY, HOUR } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import type { ReasonCode } from "../../core/record/reason";
import { renewalProblem } from "../../lambdas/expiry-monitor/renewal-check";
import type { LocalDns } from "../../local/process/parts/dns";
import { ADDRESSES, type MonitorStack, type MonitorWorld, startMonitorStack, startMonitorWorld } from "./monitor-stack";

interface Case {
  readonly domain: string;
  readonly change: (dns: LocalDns, domain: string) => void;
  readonly code: ReasonCode;
  readonly sentence: string;
  readonly advice?: object;
}

/** What happens to a tenant's DNS after its certificate was issued, and what the monitor says weeks before the renewal. */
const CASES: readonly Case[] = [
  {
    domain: "moved.example",
    change: (dns, domain) => dns.set(domain, { a: ["203.0.113.9"] }),
    code: "DNS_NOT_POINTING",
    sentence:
      "moved.example leads to 203.0.113.9 and not only here. Change it to 127.0.0.1 and 127.0.0.2 (or CNAME to lb.certfront.test) before its certificate is due.",
    advice: [{ name: "moved.example", type: "A", action: "change", values: ADDRESSES }],
  },
  {
    domain: "half.example",
    change: (dns, domain) => dns.set(domain, { a: [ADDRESSES[0], "203.0.113.9"] }),
    code: "DNS_NOT_POINTING",
    sentence:
      "half.example leads to 127.0.0.1, 203.0.113.9 and not only here. Change it to 127.0.0.1 and 127.0.0.2 (or CNAME to lb.certfront.test) before its certificate is due.",
    advice: [{ name: "half.example", type: "A", action: "change", values: ADDRESSES }],
  },
  {
    domain: "gone.example",
    change: (dns, domain) => dns.set(domain, { fails: "nxdomain" }),
    code: "DNS_NXDOMAIN",
    sentence:
      "gone.example no longer exists in DNS. Create an A record with 127.0.0.1 and 127.0.0.2 (or CNAME to lb.certfront.test) before its certificate is due.",
    advice: [{ name: "gone.example", type: "A", action: "create", values: ADDRESSES }],
  },
  {
    domain: "empty.example",
    change: (dns, domain) => dns.clear(domain),
    code: "DNS_NOT_POINTING",
    sentence:
      "empty.example has no A record any more. Create one with 127.0.0.1 and 127.0.0.2 (or CNAME to lb.certfront.test) before its certificate is due.",
    advice: [{ name: "empty.example", type: "A", action: "create", values: ADDRESSES }],
  },
  {
    domain: "ipv6.example",
    change: (dns, domain) => dns.set(domain, { aaaa: ["2001:db8::9"] }),
    code: "DNS_AAAA_STALE",
    sentence:
      "ipv6.example has an AAAA record (2001:db8::9), which does not lead here, and CAs use it first. Delete it before the certificate is due.",
    advice: [{ name: "ipv6.example", type: "AAAA", action: "delete", values: ["2001:db8::9"] }],
  },
  {
    domain: "broken.example",
    change: (dns, domain) => dns.set(domain, { fails: "servfail" }),
    code: "DNS_SERVFAIL",
    sentence:
      "The name servers of broken.example give no usable answer (ESERVFAIL), so its certificate cannot be renewed.",
  },
  {
    domain: "caa.example",
    change: (dns, domain) => dns.set(domain, { caa: [{ tag: "issue", value: "other-ca.test" }] }),
    code: "CAA_FORBIDS",
    sentence:
      'The CAA records of caa.example do not let our CA issue for caa.example: they name "other-ca.test" alone. Create the CAA record caa.example → 0 issue "ca.test".',
    advice: [{ name: "caa.example", type: "CAA", action: "create", values: ['0 issue "ca.test"'] }],
  },
];

describe("the monitor's look at what the next renewal needs", () => {
  let world: MonitorWorld;
  let stack: MonitorStack;

  beforeAll(async () => {
    world = await startMonitorWorld();
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    stack = await startMonitorStack(world);
  });

  const warnings = () => stack.metric(METRICS.dnsWarnings);
  const addTenant = async (domain: string) => {
    const certificate = stack.ca.issue([domain]);
    await stack.active(domain, certificate);
    stack.serve(certificate);
    return certificate;
  };

  test.each(CASES)("$domain: $code, with what to set, while the certificate is good for weeks", async (example) => {
    const { domain, change, code, sentence, advice } = example;
    await addTenant(domain);
    await stack.sweep();
    expect(warnings()).toBe(0);

    stack.clock.advance(DAY);
    change(world.dns, domain);
    await stack.sweep();

    expect(warnings()).toBe(1);
    expect(await stack.renewalProblemOf(domain)).toEqual({ code, sentence, ...(advice && { dns: advice }) });
    const [line] = stack.logged("next renewal would fail");
    expect(line).toMatchObject({ tenant: domain, reason: code, sentence });
    expect(line?.daysToRenewal).toBeCloseTo(59, 0);

    // The cure shows at the next sweep, not a day later.
    world.dns.clear(domain);
    world.dns.set(domain, { a: ADDRESSES });
    stack.clock.advance(HOUR);
    await stack.sweep();
    expect(warnings()).toBe(0);
    expect(await stack.renewalProblemOf(domain)).toBeUndefined();
  });

  test("CAA records that cannot be read are a no: DNS_SERVFAIL", async () => {
    const { dns } = stack.context;
    const broken = { ...dns, caa: async () => ({ status: "servfail", detail: "ESERVFAIL" }) as const };
    const here = { status: "found", records: ADDRESSES } as const;
    expect(await renewalProblem("a.example", here, stack.context, broken)).toEqual({
      code: "DNS_SERVFAIL",
      sentence:
        "The CAA records of a.example cannot be read (ESERVFAIL), which CAs take as a no: the certificate of a.example cannot be renewed.",
    });
  });

  test.each([
    ["a CAA record that names our CA", [{ tag: "issue", value: "CA.test" }], 0],
    [
      "one of several that names it",
      [
        { tag: "issue", value: "other-ca.test" },
        { tag: "issue", value: "ca.test" },
      ],
      0,
    ],
    ["records without `issue`", [{ tag: "iodef", value: "mailto:me@caa-rules.example" }], 0],
    ["a method that we use", [{ tag: "issue", value: "ca.test; validationmethods=dns-01,http-01" }], 0],
    ["a method that we do not use", [{ tag: "issue", value: "ca.test; validationmethods=dns-01" }], 1],
    ["nobody at all", [{ tag: "issue", value: ";" }], 1],
  ])("CAA: %s", async (_, records, expected) => {
    await addTenant("caa-rules.example");
    world.dns.set("caa-rules.example", { caa: records });

    await stack.sweep();

    expect(warnings()).toBe(expected);
  });

  test("the closest CAA records upwards decide", async () => {
    await addTenant("a.b.climb.example");
    world.dns.set("climb.example", { caa: [{ tag: "issue", value: "other-ca.test" }] });
    await stack.sweep();
    expect((await stack.renewalProblemOf("a.b.climb.example"))?.sentence).toBe(
      'The CAA records of climb.example do not let our CA issue for a.b.climb.example: they name "other-ca.test" alone. Create the CAA record climb.example → 0 issue "ca.test".',
    );

    world.dns.set("b.climb.example", { caa: [{ tag: "issue", value: "ca.test" }] });
    stack.clock.advance(HOUR);
    await stack.sweep();
    expect(await stack.renewalProblemOf("a.b.climb.example")).toBeUndefined();
  });

  test("a healthy tenant's CAA is asked for once a day", async () => {
    await addTenant("daily.example");
    const asked: number[] = [];
    const { dns } = stack.context;
    const counting = {
      ...dns,
      caa: (name: string) => {
        asked.push(stack.clock.now());
        return dns.caa(name);
      },
    };
    for (let hour = 0; hour < 49; hour += 3) {
      await stack.sweep({ dns: counting });
      stack.clock.advance(3 * HOUR);
    }
    // Two labels each time.
    expect([4, 6]).toContain(asked.length);
  });

  test("a tenant that the issuer has set aside is counted by its reason, not warned of again", async () => {
    const certificate = stack.ca.issue(["aside.example"]);
    const reason = { code: "DNS_NOT_POINTING", sentence: "aside.example leads elsewhere." } as const;
    await stack.active("aside.example", certificate, { state: "quarantined", reason });
    world.dns.set("aside.example", { a: ["203.0.113.9"] });
    stack.serve(certificate);

    await stack.sweep();

    expect(warnings()).toBe(0);
    expect(stack.metric(METRICS.tenantsByReason, "Maximum", { reason: "DNS_NOT_POINTING" })).toBe(1);
    expect(await stack.renewalProblemOf("aside.example")).toMatchObject({ code: "DNS_NOT_POINTING" });
  });
});
