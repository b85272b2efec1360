import { CertfrontError } from "../core/base/errors";
import { type Command, EXIT, type Invocation } from "./command";
import { domainOf } from "./renew";
import type { Target } from "./target";

interface Fault {
  /** What is then wrong, for people; follows the domain. */
  readonly says: string;
  /** What the local DNS has then under the name (local/process/parts/dns-answer.ts). */
  readonly records: object;
}

/** What customers do to their DNS, each with the reason that support then sees. Addresses are of documentation's, but for Cloudflare's own. */
const FAULTS: Readonly<Record<string, Fault>> = {
  caa: {
    says: "has a CAA record that names digicert.com alone (CAA_FORBIDS)",
    records: { caa: [{ tag: "issue", value: "digicert.com" }] },
  },
  moved: { says: "points to 203.0.113.9 (DNS_NOT_POINTING)", records: { a: ["203.0.113.9"] } },
  aaaa: { says: "has an IPv6 address that is not ours (DNS_AAAA_STALE)", records: { aaaa: ["2001:db8::1"] } },
  servfail: { says: "is answered with SERVFAIL (DNS_SERVFAIL)", records: { fails: "servfail" } },
  cloudflare: { says: "goes through Cloudflare's proxy (PROXY_IN_FRONT)", records: { a: ["104.16.0.1"] } },
  nxdomain: { says: "does not exist in DNS (DNS_NXDOMAIN)", records: { fails: "nxdomain" } },
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
    await tell(invocation.target, domain, { method: "PUT", body: JSON.stringify(fault.records) });
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
    await tell(invocation.target, domain, { method: "DELETE" });
    invocation.terminal.out(
      `${domain} points here again. \`npx certfront renew ${domain} --wait\` does not wait for the next look.`,
    );
    return EXIT.ok;
  },
};

/** @throws CertfrontError where the stack's DNS is not ours to change */
async function tell({ local }: Target, domain: string, request: RequestInit): Promise<void> {
  if (!local?.dnsManagement)
    throw new CertfrontError(
      "Only the DNS of the local stack can be spoilt, and it is not the one that is asked here.",
      {
        code: "NO_STACK",
        advice: "Start it with `npm start` in another terminal, and leave out --stack and --table.",
      },
    );
  const answer = await fetch(`${local.dnsManagement}/${domain}`, request);
  if (!answer.ok)
    throw new CertfrontError(`The local DNS did not take that: ${answer.status}.`, {
      code: "LOCAL_DNS",
      advice: "Is this command of another version than the stack that runs? Start that again with `npm start`.",
    });
}
