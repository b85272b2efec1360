import { DAY } from "../../../core/base/clock";
import { turnFor } from "../../../core/handover/message";
import { REASON_CODES } from "../../../core/record/reason";
import { turnOf } from "../../../core/record/turn";
import { DOMAIN, message, NOW, record } from "../../../testing/handover";

/** What only we and our tools call so. */
const OUR_WORDS = /\b(fronts?|CAs?|ACME|tokens?|load balancers?|preflight|issuer|tenants?|undefined|NaN)\b|_/;

describe("a message to the customer", () => {
  it("has the records as a DNS panel asks for them, whom to ask, what to leave alone, and when we look", () => {
    const records = [
      record({ type: "AAAA", value: "2001:db8::1", action: "delete", found: ["2001:db8::1"] }),
      record({ action: "keep", found: ["192.0.2.10"] }),
    ];
    const operator = { name: "Example Hosting", support: "help@hosting.example" };
    expect(message("DNS_AAAA_STALE", { records, operator })).toBe(`\
Subject: One DNS change for v6.rouen.example

v6.rouen.example is almost ready. One DNS record stands in the way.

Please ask whoever manages the DNS of rouen.example (at Gandi; name servers
ns1.gandi.net, ns2.gandi.net) to make this change:

  DELETE   Type AAAA   Host v6   Value 2001:db8::1
  keep     Type A      Host v6   Value 192.0.2.10

Please leave all other records as they are. Any TTL is good; the one proposed
will do.

Why: visitors and certificate authorities prefer IPv6, and the IPv6 address of
v6.rouen.example is not ours.

We look again by ourselves, next at 2027-02-19 14:12 UTC (in 9 minutes);
https://v6.rouen.example works about a minute after the first look that finds
all in order.

Example Hosting
help@hosting.example`);
  });

  it.each(REASON_CODES)("says of %s in plain words whether there is something to do", (code) => {
    const owners = turnOf(code) === "owner";
    const text = message(code, { records: owners && code !== "DNS_SERVFAIL" ? [record({})] : [] });
    expect(text).toMatch(/^Subject: .*v6\.rouen\.example/);
    expect(text).toMatch(/\nWhy: [a-zC].{20,}/);
    expect(text).not.toMatch(OUR_WORDS);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(78);
    const asks = /Please ask whoever|please pass this on/.test(text.replaceAll("\n", " "));
    expect(asks).toBe(owners);
    expect(/nothing for you to do/.test(text)).toBe(!owners);
  });

  it("has another text for each reason", () => {
    const bodies = REASON_CODES.map((code) => message(code).replace(/^Subject: .*/, ""));
    expect(new Set(bodies).size).toBe(REASON_CODES.length);
  });

  it("tells a customer whose site works how long it does", () => {
    const servedUntil = NOW + 30 * DAY;
    expect(message(undefined, { servedUntil })).toContain("https://v6.rouen.example works.");
    expect(message("CAA_FORBIDS", { servedUntil, records: [record({ type: "CAA" })] })).toContain(
      "v6.rouen.example works today. Its certificate ends on 2027-03-21 and cannot",
    );
    expect(message("CA_DOWN", { servedUntil })).toContain("v6.rouen.example works today.");
  });

  it("has a list for each zone", () => {
    const records = [record({}), record({ zone: "rouen.test", host: "@", nameservers: [] })];
    const text = message("DNS_NOT_POINTING", { records });
    expect(text).toContain("Subject: 2 DNS changes for");
    expect(text).toContain("the DNS of rouen.example (at Gandi");
    expect(text).toContain("the DNS of rouen.test to make this change:\n\n  CHANGE   Type A   Host @");
  });
});

describe("whose turn it is", () => {
  it("is the owner's as soon as one name needs the owner", () => {
    const problems = (["CA_DOWN", "INTERNAL", "CAA_FORBIDS"] as const).map((code) => ({ name: DOMAIN, code }));
    expect(turnFor({ problems })).toBe("owner");
    expect(turnFor({ problems: problems.slice(0, 2) })).toBe("us");
    expect(turnFor({ problems: problems.slice(0, 1) })).toBe("nobody");
    expect(turnFor({ problems: [] })).toBe("nobody");
  });
});
