import type { ReasonCode } from "../record/reason";

/** For the customer, in plain words; one or two sentences. */
type Why = (name: string) => string;

/** One for every reason. What the issuer's sentence says to support staff, this says to their customer. */
const TEXTS: Readonly<Record<ReasonCode, Why>> = {
  DNS_NXDOMAIN: (name) => `${name} does not exist in DNS yet, so nobody finds it.`,
  DNS_NOT_POINTING: (name) =>
    `${name} does not lead to us yet, or not with all of its addresses, so a certificate cannot be issued for it.`,
  DNS_AAAA_STALE: (name) =>
    `visitors and certificate authorities prefer IPv6, and the IPv6 address of ${name} is not ours.`,
  DNS_SERVFAIL: (name) =>
    `the name servers of ${name} do not answer properly, and a certificate authority refuses a name that it cannot look up. Often DNSSEC was left on when a domain moved. There is no record to set: please pass this on to whoever runs the name servers.`,
  OWNERSHIP_UNPROVEN: (name) =>
    `a TXT record has to show that ${name} is yours before we serve it, so that nobody else can have it from us. It can go when the site is up.`,
  CAA_FORBIDS: (name) =>
    `CAA records say which certificate authorities may issue for a domain, and those that apply to ${name} leave out the one that we use.`,
  PROXY_IN_FRONT: (name) =>
    `${name} goes through a proxy or CDN, which answers in our place. Please turn that off for this name ("DNS only" at Cloudflare). The record behind it may be right already; then that is all.`,
  PORT80_UNREACHABLE: (name) => `our servers did not answer as they should for ${name}.`,
  TOKEN_MISMATCH: (name) => `a test of ${name} came back with another answer than our servers should give.`,
  CA_REJECTED: (name) => `the certificate authority refused to issue for ${name}, and we find out why.`,
  ACCOUNT_ERROR: () => "our account at the certificate authority needs our attention.",
  INTERNAL: (name) => `something of ours went wrong while we looked at ${name}.`,
  RATE_LIMITED: () =>
    "a certificate authority issues a limited number of certificates in a time, and the next one is for later.",
  CA_DOWN: () => "the certificate authority has a problem of its own, and we ask again until it answers.",
  PAUSED_BY_CA: (name) =>
    `the certificate authority paused ${name} because it failed for a long time, and we have to end that.`,
  WAITING: (name) => `the certificate for ${name} is being issued, which mostly takes about a minute.`,
  REMOVED: (name) => `${name} was taken out of our configuration.`,
};

/** Why, for the customer: begins in lower case, as it follows a colon. */
export function whyFor(code: ReasonCode, name: string): string {
  return TEXTS[code](name);
}
