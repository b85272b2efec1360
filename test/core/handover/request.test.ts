import { DAY } from "../../../core/base/clock";
import { customerMessage } from "../../../core/handover/message";
import { DOMAIN, message, NOW, record } from "../../../testing/handover";

const text = (...args: Parameters<typeof message>): string => message(...args).replaceAll("\n", " ");

describe("a message to a customer whose DNS stands in the way", () => {
  it("has what is there now beside what it becomes, in columns", () => {
    const records = [
      record({ type: "CNAME", host: "data", value: "edge.hosting.example", action: "create", found: ["192.0.2.9"] }),
      record({ found: ["203.0.113.9", "203.0.113.10"] }),
      record({ host: "@", found: [] }),
      record({ type: "AAAA", value: "2001:db8::1", action: "delete", found: ["2001:db8::1"] }),
      record({ action: "keep" }),
    ];
    expect(message("DNS_NOT_POINTING", { records })).toContain(`these changes:

  CREATE   Type CNAME   Host data   Value edge.hosting.example
  CHANGE   Type A       Host v6     Value 192.0.2.10  (now 203.0.113.9, 203.0.113.10)
  CHANGE   Type A       Host @      Value 192.0.2.10
  DELETE   Type AAAA    Host v6     Value 2001:db8::1
  keep     Type A       Host v6     Value 192.0.2.10

Please leave all other records`);
  });

  it("counts the changes", () => {
    expect(text("DNS_NOT_POINTING", { records: [record({}), record({ action: "keep" })] })).toMatch(
      /^Subject: One DNS change for .*One DNS record stands in the way.* to make this change:/,
    );
    expect(text("DNS_NOT_POINTING", { records: [record({}), record({ host: "www" })] })).toMatch(
      /^Subject: 2 DNS changes for .*2 DNS records stand in the way.* to make these changes:/,
    );
  });

  it("says what to do where it is no record", () => {
    expect(message("DNS_SERVFAIL")).toBe(`\
Subject: The DNS of v6.rouen.example

v6.rouen.example is almost ready. Its DNS stands in the way.

Why: the name servers of v6.rouen.example do not answer properly, and a
certificate authority refuses a name that it cannot look up. Often DNSSEC was
left on when a domain moved. There is no record to set: please pass this on to
whoever runs the name servers.

We look again by ourselves, next at 2027-02-19 14:12 UTC (in 9 minutes);
https://v6.rouen.example works about a minute after the first look that finds
all in order.`);
  });

  it("says until when the site works as it is", () => {
    expect(message("DNS_SERVFAIL", { servedUntil: NOW + 30 * DAY })).toContain(`
v6.rouen.example works today. Its certificate ends on 2027-03-21 and cannot be
renewed as things are. Its DNS stands in the way.
`);
  });

  it("gives the reasons alone that are the owner's", () => {
    const problems = [
      { name: DOMAIN, code: "CA_DOWN" as const },
      { name: `www.${DOMAIN}`, code: "DNS_NXDOMAIN" as const },
    ];
    expect(message(undefined, { problems }).match(/Why: .*/g)).toEqual([
      "Why: www.v6.rouen.example does not exist in DNS yet, so nobody finds it.",
    ]);
  });

  it("asks to be told where nobody looks by itself", () => {
    const problems = [{ name: DOMAIN, code: "DNS_NOT_POINTING" as const }];
    const mail = customerMessage({ domain: DOMAIN, problems, records: [record({})] }, NOW);
    expect(mail).toMatch(/\n\nPlease tell us when it is done\.$/);
  });
});

describe("whom to ask for a change", () => {
  it.each<[string, readonly string[], string]>([
    ["by the host's name, where it is known", ["ns1.gandi.net"], " (at Gandi; name servers ns1.gandi.net)"],
    [
      "by the name servers alone, where it is not",
      ["ns1.rouen.test", "ns2.rouen.test"],
      " (name servers ns1.rouen.test, ns2.rouen.test)",
    ],
    ["by the domain alone, where they could not be found out", [], ""],
  ])("is said %s", (_how, nameservers, where) => {
    const asks = `Please ask whoever manages the DNS of rouen.example${where} to make this change:`;
    expect(text("DNS_NOT_POINTING", { records: [record({ nameservers })] })).toContain(asks);
  });

  it("is nobody for a zone that is right as it is", () => {
    const right = record({ zone: "rouen.test", action: "keep" });
    expect(message("DNS_NOT_POINTING", { records: [record({}), right] })).not.toContain("rouen.test");
    expect(message("DNS_NOT_POINTING", { records: [right] })).toMatch(/Its DNS stands in the way\.\n\nWhy: /);
  });
});
