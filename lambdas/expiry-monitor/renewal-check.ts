import { caaPermits, lookUpCaa } from "../../core/preflight/caa";
import { caaForbids } from "../../core/preflight/caa-advice";
import type { DnsAdvice, Reason } from "../../core/record/reason";
import type { Lookup, PublicDns } from "./public-dns";
import type { MonitoredCa } from "./settings";

/** What a name has to look like in DNS for its next renewal. */
export interface RenewalNeeds {
  readonly addresses: readonly string[];
  readonly cnameTarget: string;
  readonly cas: readonly MonitoredCa[];
}

/** Where a name's A records lead. `elsewhere`: nobody reaches it here; `unknown`: DNS gave no answer, which proves nothing. */
export type Leading = "here" | "partly" | "elsewhere" | "nowhere" | "unknown";

export function leadingOf(answer: Lookup<string>, addresses: readonly string[]): Leading {
  if (answer.status === "failed") return "unknown";
  if (answer.status === "none") return "nowhere";
  const ours = answer.records.filter((address) => addresses.includes(address)).length;
  if (ours === answer.records.length) return "here";
  return ours > 0 ? "partly" : "elsewhere";
}

/**
 * Why the next renewal of a name would fail, as far as DNS shows it from outside: weeks before it is tried. The issuer's own
 * preflight is more thorough; this one shares nothing with it.
 */
export async function renewalProblem(
  name: string,
  a: Lookup<string>,
  needs: RenewalNeeds,
  dns: PublicDns,
): Promise<Reason | undefined> {
  return addressProblem(name, a, needs) ?? (await ipv6Problem(name, dns)) ?? (await caaProblem(name, needs, dns));
}

function addressProblem(name: string, a: Lookup<string>, needs: RenewalNeeds): Reason | undefined {
  const { addresses, cnameTarget } = needs;
  const advice = (action: DnsAdvice["action"]): DnsAdvice[] => [{ name, type: "A", action, values: addresses }];
  const target = `${addresses.join(" and ")} (or CNAME to ${cnameTarget})`;
  switch (leadingOf(a, addresses)) {
    case "here":
      return undefined;
    case "unknown":
      return {
        code: "DNS_SERVFAIL",
        sentence: `The name servers of ${name} give no usable answer (${a.status === "failed" ? a.detail : ""}), so its certificate cannot be renewed.`,
      };
    case "nowhere":
      return a.status === "none" && !a.nameExists
        ? {
            code: "DNS_NXDOMAIN",
            sentence: `${name} no longer exists in DNS. Create an A record with ${target} before its certificate is due.`,
            dns: advice("create"),
          }
        : {
            code: "DNS_NOT_POINTING",
            sentence: `${name} has no A record any more. Create one with ${target} before its certificate is due.`,
            dns: advice("create"),
          };
    default:
      return {
        code: "DNS_NOT_POINTING",
        sentence: `${name} leads to ${a.status === "found" ? a.records.join(", ") : "another place"} and not only here. Change it to ${target} before its certificate is due.`,
        dns: advice("change"),
      };
  }
}

/** The load balancer speaks IPv4 only, and CAs prefer IPv6 where there is an AAAA record. */
async function ipv6Problem(name: string, dns: PublicDns): Promise<Reason | undefined> {
  const aaaa = await dns.aaaa(name);
  if (aaaa.status !== "found") return undefined;
  return {
    code: "DNS_AAAA_STALE",
    sentence: `${name} has an AAAA record (${aaaa.records.join(", ")}), which does not lead here, and CAs use it first. Delete it before the certificate is due.`,
    dns: [{ name, type: "AAAA", action: "delete", values: aaaa.records }],
  };
}

async function caaProblem(name: string, { cas }: RenewalNeeds, dns: PublicDns): Promise<Reason | undefined> {
  const found = await lookUpCaa(name, dns);
  if (found.status === "servfail") {
    return {
      code: "DNS_SERVFAIL",
      sentence: `The CAA records of ${found.at} cannot be read (${found.detail}), which CAs take as a no: the certificate of ${name} cannot be renewed.`,
    };
  }
  // The account's URL is the issuer's to know: whichever is named may be ours.
  const identities = cas.map(({ caaIdentities }) => ({ caaIdentities, accountUrl: async () => undefined }));
  for (const identity of identities) if (await caaPermits(found.records, identity)) return undefined;
  return caaForbids({ name, at: found.at ?? name, owner: found.owner, records: found.records }, identities);
}
