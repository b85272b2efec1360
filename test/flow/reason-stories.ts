import { DAY, HOUR, MINUTE, SECOND } from "../../core/base/clock";
import type { Reason } from "../../core/record/reason";
import type { TenantState } from "../../core/record/record";
import { ownershipValue } from "../../core/tenant/ownership";
import { issueRecord } from "../../testing/fake-resolver";
import { type IssuerStage, OUR_ADDRESSES, OUR_NAME } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

/** How a tenant comes to have no certificate, and the whole answer that support staff read. */
export interface Story {
  readonly what: string;
  readonly prepare: (stage: IssuerStage) => void | Promise<void>;
  readonly domain?: string;
  readonly state?: TenantState;
  readonly reason: Reason;
  /** ms until it is looked at again. */
  readonly again: number | undefined;
}

const ANNA = ownershipValue("test", "anna");
const CLOUDFLARE = "104.16.1.1";
export const problem = (type: string) => `urn:ietf:params:acme:error:${type}`;

export const STORIES: readonly Story[] = [
  {
    what: "a name that nobody created, below an apex",
    prepare: () => {},
    domain: "data.a.example",
    reason: {
      code: "DNS_NXDOMAIN",
      sentence: `data.a.example does not exist in DNS. Create the CNAME record data.a.example → ${OUR_NAME}.`,
      dns: [{ name: "data.a.example", type: "CNAME", action: "create", values: [OUR_NAME] }],
    },
    again: MINUTE,
  },
  {
    what: "an apex that has mail but no address",
    prepare: (stage) => stage.resolver.set("a.example", {}),
    reason: {
      code: "DNS_NOT_POINTING",
      sentence: `a.example has no address in DNS. Create the A record a.example → ${OUR_ADDRESSES.join(" and ")}.`,
      dns: [{ name: "a.example", type: "A", action: "create", values: OUR_ADDRESSES }],
    },
    again: MINUTE,
  },
  {
    what: "a name at the old host",
    prepare: (stage) => stage.resolver.set("a.example", { a: ["203.0.113.9"], aaaa: ["2001:db8::9"] }),
    reason: {
      code: "DNS_NOT_POINTING",
      sentence: `a.example points to 203.0.113.9, 2001:db8::9, not to our load balancer. Change the A record a.example to ${OUR_ADDRESSES.join(" and ")}.`,
      dns: [
        { name: "a.example", type: "A", action: "change", values: OUR_ADDRESSES },
        { name: "a.example", type: "AAAA", action: "delete", values: ["2001:db8::9"] },
      ],
    },
    again: MINUTE,
  },
  {
    what: "a name with our address and a forgotten one",
    prepare: (stage) => stage.resolver.set("a.example", { a: [OUR_ADDRESSES[0] ?? "", "203.0.113.9"] }),
    reason: {
      code: "DNS_NOT_POINTING",
      sentence: `a.example points partly to 203.0.113.9, not to our load balancer. Change the A record a.example to ${OUR_ADDRESSES.join(" and ")}.`,
      dns: [{ name: "a.example", type: "A", action: "change", values: OUR_ADDRESSES }],
    },
    again: MINUTE,
  },
  {
    what: "an alias for another host",
    prepare: (stage) => stage.resolver.set("www.a.example", { a: ["203.0.113.9"], cname: "Old.Host.example." }),
    domain: "www.a.example",
    reason: {
      code: "DNS_NOT_POINTING",
      sentence: `www.a.example points to old.host.example (203.0.113.9), not to our load balancer. Change the CNAME record www.a.example to ${OUR_NAME}.`,
      dns: [{ name: "www.a.example", type: "CNAME", action: "change", values: [OUR_NAME] }],
    },
    again: MINUTE,
  },
  {
    what: "an alias that leads nowhere",
    prepare: (stage) => stage.resolver.set("www.a.example", { cname: "gone.example" }),
    domain: "www.a.example",
    reason: {
      code: "DNS_NOT_POINTING",
      sentence: `www.a.example is a CNAME for gone.example, which has no address. Change the CNAME record www.a.example to ${OUR_NAME}.`,
      dns: [{ name: "www.a.example", type: "CNAME", action: "change", values: [OUR_NAME] }],
    },
    again: MINUTE,
  },
  {
    what: "an AAAA record left over from the old host",
    prepare: (stage) => stage.resolver.set("a.example", { a: OUR_ADDRESSES, aaaa: ["2001:db8::9"] }),
    reason: {
      code: "DNS_AAAA_STALE",
      sentence:
        "a.example points to our load balancer over IPv4, but its AAAA record leads elsewhere, and CAs and many visitors prefer IPv6. Delete the AAAA record a.example → 2001:db8::9.",
      dns: [{ name: "a.example", type: "AAAA", action: "delete", values: ["2001:db8::9"] }],
    },
    again: MINUTE,
  },
  {
    what: "nothing that shows whose it is, and an address elsewhere",
    prepare: async (stage) => {
      stage.resolver.set("a.example", { a: ["203.0.113.9"] });
      await stage.apply(tenant("a.example", { owner: "anna" }));
    },
    reason: {
      code: "DNS_NOT_POINTING",
      sentence: `a.example points to 203.0.113.9, not to our load balancer. Change the A record a.example to ${OUR_ADDRESSES.join(" and ")}. Nothing in DNS shows that a.example belongs to the customer who asked for it: there is no record _certfront.a.example. Create the TXT record _certfront.a.example → ${ANNA}.`,
      dns: [
        { name: "a.example", type: "A", action: "change", values: OUR_ADDRESSES },
        { name: "_certfront.a.example", type: "TXT", action: "create", values: [ANNA] },
      ],
    },
    again: MINUTE,
  },
  {
    what: "another customer's proof",
    prepare: async (stage) => {
      stage.point("a.example");
      stage.resolver.set("_certfront.a.example", { txt: ["certfront=0123"] });
      await stage.apply(tenant("a.example", { owner: "anna" }));
    },
    reason: {
      code: "OWNERSHIP_UNPROVEN",
      sentence: `Nothing in DNS shows that a.example belongs to the customer who asked for it: its record names somebody else (certfront=0123). Create the TXT record _certfront.a.example → ${ANNA}.`,
      dns: [{ name: "_certfront.a.example", type: "TXT", action: "create", values: [ANNA] }],
    },
    again: MINUTE,
  },
  {
    what: "name servers that fail",
    prepare: (stage) => stage.resolver.set("a.example", { servfail: true }),
    reason: {
      code: "DNS_SERVFAIL",
      sentence:
        "The name servers of a.example do not answer properly (ESERVFAIL); a CA would refuse to issue. Often DNSSEC is broken: ask whoever runs the domain's DNS.",
    },
    again: MINUTE,
  },
  {
    what: "CAA records that cannot be read",
    prepare: (stage) => stage.resolver.set("a.example", { a: OUR_ADDRESSES, caaServfail: true }),
    reason: {
      code: "DNS_SERVFAIL",
      sentence:
        "The CAA records of a.example cannot be read (ESERVFAIL), and a CA then refuses a.example. Often DNSSEC is broken: ask whoever runs the domain's DNS.",
    },
    again: MINUTE,
  },
  {
    what: "CAA records higher up that name another CA",
    prepare: (stage) => {
      stage.point("shop.a.example");
      stage.resolver.set("a.example", { caa: [issueRecord("other-ca.test")] });
    },
    domain: "shop.a.example",
    reason: {
      code: "CAA_FORBIDS",
      sentence:
        'The CAA records of a.example do not let our CA issue for shop.a.example: they name "other-ca.test" alone. Create the CAA record a.example → 0 issue "first-ca.test".',
      dns: [{ name: "a.example", type: "CAA", action: "create", values: ['0 issue "first-ca.test"'] }],
    },
    again: MINUTE,
  },
  {
    what: "Cloudflare's proxy in front",
    prepare: (stage) => stage.resolver.set("a.example", { a: [CLOUDFLARE] }),
    reason: {
      code: "PROXY_IN_FRONT",
      sentence: `a.example goes through Cloudflare, which ends TLS before our load balancer is reached. Turn the proxy off for this name (DNS only). Change the A record a.example to ${OUR_ADDRESSES.join(" and ")}.`,
      dns: [{ name: "a.example", type: "A", action: "change", values: OUR_ADDRESSES }],
    },
    again: MINUTE,
  },
  {
    what: "a front door that does not answer",
    prepare: (stage) => {
      stage.point("a.example");
      stage.probe.override = () => ({ status: "unreachable", detail: "connect ECONNREFUSED" });
    },
    reason: {
      code: "PORT80_UNREACHABLE",
      sentence:
        "Our load balancer at 198.51.100.1 did not answer for a.example on port 80 (connect ECONNREFUSED). Nothing is wrong with the tenant's DNS; look at the fronts' health.",
    },
    again: 2 * SECOND,
  },
  {
    what: "a front that fails on the challenge path",
    prepare: (stage) => {
      stage.point("a.example");
      stage.probe.override = () => ({ status: "answered", httpStatus: 503, body: "" });
    },
    reason: {
      code: "PORT80_UNREACHABLE",
      sentence:
        "The front behind 198.51.100.1 answered a test token for a.example with an error of its own, status 503. Nothing is wrong with the tenant's DNS; look at the fronts' health.",
    },
    again: 2 * SECOND,
  },
  {
    what: "a challenge path that is redirected",
    prepare: (stage) => {
      stage.point("a.example");
      stage.probe.override = () => ({ status: "answered", httpStatus: 301, body: "", location: "https://a.example/x" });
    },
    reason: {
      code: "TOKEN_MISMATCH",
      sentence:
        "A test token for a.example, asked for over port 80 at 198.51.100.1, was redirected to https://a.example/x (status 301), where a front answers itself. Nothing is wrong with the tenant's DNS; look at what stands before the fronts.",
    },
    again: 2 * SECOND,
  },
  {
    what: "another ACME client on the challenge path",
    prepare: (stage) => {
      stage.point("a.example");
      stage.probe.override = (_name, _address, path) => ({
        status: "answered",
        httpStatus: 200,
        body: `${path.split("/").at(-1)}.${"x".repeat(43)}`,
      });
    },
    reason: {
      code: "TOKEN_MISMATCH",
      sentence:
        "Another ACME client answers for a.example at 198.51.100.1: our test token came back for another account's key. Nothing is wrong with the tenant's DNS; look for another program on the fronts' port 80, or a front that still has the previous account key.",
    },
    again: 2 * SECOND,
  },
  {
    what: "a page of something else on the challenge path",
    prepare: (stage) => {
      stage.point("a.example");
      stage.probe.override = () => ({ status: "answered", httpStatus: 200, body: "It works!" });
    },
    reason: {
      code: "TOKEN_MISMATCH",
      sentence:
        "A test token for a.example, asked for over port 80 at 198.51.100.1, came back with another content. Nothing is wrong with the tenant's DNS; look at what answers on the fronts' port 80.",
    },
    again: 2 * SECOND,
  },
  {
    what: "a limit of the CA, with its Retry-After",
    prepare: (stage) => {
      stage.point("a.example");
      stage.ca.fail(
        "newOrder",
        { type: "rateLimited", detail: "too many new orders recently", status: 429 },
        { retryAfterMs: 2 * HOUR },
      );
    },
    reason: {
      code: "RATE_LIMITED",
      sentence: "first-ca has a limit that is used up (a.example). It says: too many new orders recently.",
      problemType: problem("rateLimited"),
    },
    again: 2 * HOUR,
  },
  {
    what: "a name that the CA refuses by policy",
    prepare: (stage) => {
      stage.point("a.example");
      stage.ca.fail("newOrder", {
        type: "rejectedIdentifier",
        detail: "The ACME server refuses to issue for this name",
      });
    },
    reason: {
      code: "CA_REJECTED",
      sentence:
        "first-ca does not issue for the name by its policy (a.example). It says: The ACME server refuses to issue for this name.",
      problemType: problem("rejectedIdentifier"),
    },
    again: MINUTE,
  },
  {
    what: "a CA that is down",
    prepare: (stage) => {
      stage.point("a.example");
      stage.ca.fail("newOrder", { type: "certfront:unreachable", detail: "connect ETIMEDOUT" }, { times: 4 });
    },
    reason: {
      code: "CA_DOWN",
      sentence: "first-ca cannot be reached (a.example). It says: connect ETIMEDOUT.",
      problemType: "certfront:unreachable",
    },
    again: MINUTE,
  },
  {
    what: "a name that the CA paused",
    prepare: (stage) => {
      stage.point("a.example");
      const detail =
        "Your account is temporarily prevented from requesting certificates for a.example. Please visit: https://portal.example/unpause?jwt=abc.";
      stage.ca.fail("newOrder", { type: "rateLimited", detail, status: 429 }, { retryAfterMs: DAY });
    },
    reason: {
      code: "PAUSED_BY_CA",
      sentence:
        "first-ca has paused the name after long failure (a.example). It says: Your account is temporarily prevented from requesting certificates for a.example. Please visit: https://portal.example/unpause?jwt=abc. End the pause at https://portal.example/unpause?jwt=abc once the cause is cured.",
      problemType: problem("rateLimited"),
    },
    again: DAY,
  },
  {
    what: "an account that the CA closed",
    prepare: (stage) => {
      stage.point("a.example");
      stage.ca.fail("newOrder", { type: "unauthorized", detail: "Account is deactivated", status: 403 });
    },
    reason: {
      code: "ACCOUNT_ERROR",
      sentence: "first-ca does not let our account do this (a.example). It says: Account is deactivated.",
      problemType: problem("unauthorized"),
    },
    again: MINUTE,
  },
  {
    what: "a defect of ours",
    prepare: (stage) => {
      stage.point("a.example");
      stage.ca.newOrder = () => Promise.reject(new TypeError("undefined is not a function"));
    },
    // The intention to order is on record, and is what the next attempt goes on from.
    state: "issuing",
    reason: {
      code: "INTERNAL",
      sentence: "certfront failed while working on a.example and tries again; the issuer's log has the details.",
    },
    again: MINUTE,
  },
  {
    what: "an order that the CA is still working on",
    prepare: (stage) => {
      stage.point("a.example");
      stage.ca.processingPolls = 1_000;
    },
    state: "issuing",
    reason: { code: "WAITING", sentence: "first-ca is still working on the order for a.example." },
    again: 5_000,
  },
  {
    what: "being taken out of the configuration",
    prepare: async (stage) => {
      await stage.turn();
      await stage.apply();
    },
    state: "removed",
    reason: { code: "REMOVED", sentence: "a.example was taken out of the configuration." },
    again: undefined,
  },
];
