import { CertfrontError } from "../core/base/errors";
import { type Command, EXIT, type Invocation } from "./command";
import { domainOf } from "./renew";
import type { Target } from "./target";

interface Fault {
  /** What is then wrong, for people; follows the domain. */
  readonly says: string;
  /** Actions of pebble-challtestsrv's management interface. */
  readonly does: (host: string) => readonly (readonly [action: string, body: object])[];
}

/** What customers do to their DNS, each with the reason that support then sees. Addresses are of documentation's, but for Cloudflare's own. */
const FAULTS: Readonly<Record<string, Fault>> = {
  caa: {
    says: "has a CAA record that names digicert.com alone (CAA_FORBIDS)",
    does: (host) => [["add-caa", { host, policies: [{ tag: "issue", value: "digicert.com" }] }]],
  },
  moved: {
    says: "points to 203.0.113.9 (DNS_NOT_POINTING)",
    does: (host) => [["add-a", { host, addresses: ["203.0.113.9"] }]],
  },
  aaaa: {
    says: "has an IPv6 address that is not ours (DNS_AAAA_STALE)",
    does: (host) => [["add-aaaa", { host, addresses: ["2001:db8::1"] }]],
  },
  servfail: {
    says: "is answered with SERVFAIL (DNS_SERVFAIL)",
    does: (host) => [["set-servfail", { host }]],
  },
  cloudflare: {
    says: "goes through Cloudflare's proxy (PROXY_IN_FRONT)",
    does: (host) => [["add-a", { host, addresses: ["104.16.0.1"] }]],
  },
};
const NAMES = Object.keys(FAULTS);

export const breakCommand: Command = {
  name: "break",
  argument: "<domain> <fault>",
  summary: "spoil a domain's DNS on the local stack, to see what support sees",
  description:
    `Only on this machine, where \`npm start\` runs: its DNS answers for the domain as if its owner had made a mistake. <fault> ` +
    `is one of: ${NAMES.join(", ")}. What is served stays served; explain sees it at once, renew --wait what comes of it.`,
  options: {},
  examples: ["npx certfront break data.paris.example caa"],
  async run(invocation) {
    const domain = domainOf(invocation);
    const [name = ""] = invocation.rest;
    const fault = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
    if (!fault)
      throw new CertfrontError(`break knows no fault called ${name || "nothing"}.`, {
        code: "USAGE",
        advice: `It knows ${NAMES.join(", ")}.`,
      });
    await heal(invocation.target, domain);
    for (const [action, body] of fault.does(domain)) await tell(invocation.target, action, body);
    invocation.terminal.wrapped(`${domain} ${fault.says}. To see what comes of it, and to mend it:`);
    for (const command of ["explain", "renew", "heal"])
      invocation.terminal.out(`  npx certfront ${command} ${domain}${command === "renew" ? " --wait" : ""}`);
    return EXIT.ok;
  },
};

export const healCommand: Command = {
  name: "heal",
  argument: "<domain>",
  summary: "take back what break did to a domain's DNS",
  description: "Only on this machine, where `npm start` runs: its DNS answers for the domain as it did at first.",
  options: {},
  examples: ["npx certfront heal data.paris.example"],
  async run(invocation: Invocation) {
    const domain = domainOf(invocation);
    await heal(invocation.target, domain);
    invocation.terminal.out(
      `${domain} points here again. \`npx certfront renew ${domain} --wait\` does not wait for the next look.`,
    );
    return EXIT.ok;
  },
};

async function heal(target: Target, host: string): Promise<void> {
  for (const kind of ["a", "aaaa", "cname", "caa", "servfail"]) await tell(target, `clear-${kind}`, { host });
}

/** @throws CertfrontError where the stack's DNS is not ours to change */
async function tell({ local }: Target, action: string, body: object): Promise<void> {
  if (!local?.dnsManagement)
    throw new CertfrontError(
      "Only the DNS of the local stack can be spoilt, and it is not the one that is asked here.",
      {
        code: "NO_STACK",
        advice: "Start it with `npm start` in another terminal, and leave out --stack and --table.",
      },
    );
  const answer = await fetch(`${local.dnsManagement}/${action}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok)
    throw new CertfrontError(`The local DNS refused ${action}: ${answer.status}.`, {
      code: "LOCAL_DNS",
      advice: "Its log is .local/dns.log.",
    });
}
