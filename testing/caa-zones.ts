import * as packet from "dns-packet";

/** As on the wire: the library's type knows three tags only. */
type CaaData = { readonly flags: number; readonly tag: string; readonly value: string };

/** The name of the only CA that the suite's records permit. */
export const PERMITTED = "caatestsuite.com";

const caa = (flags: number, tag: string, value: string): CaaData => ({ flags, tag, value });
const deny = [caa(0, "issue", PERMITTED)];

/** What a zone has under one name; "dead": its name servers do not answer, or validation fails. */
export type ZoneEntry =
  | { readonly caa: readonly CaaData[] }
  | { readonly cname: string }
  | { readonly dname: string }
  | "dead"
  | "refused";

/** The zones of SSLMate's CAA Test Suite (caatestsuite.com, caatestsuite-dnssec.com), for which no other CA may issue. */
export const CAA_ZONES: Readonly<Record<string, ZoneEntry>> = {
  "empty.basic.caatestsuite.com": { caa: [caa(0, "issue", ";")] },
  "deny.basic.caatestsuite.com": { caa: deny },
  "uppercase-deny.basic.caatestsuite.com": { caa: [caa(0, "ISSUE", PERMITTED)] },
  "mixedcase-deny.basic.caatestsuite.com": { caa: [caa(0, "IsSuE", PERMITTED)] },
  // 1,001 records: far more than a datagram holds.
  "big.basic.caatestsuite.com": {
    caa: [...Array.from({ length: 1_000 }, (_, n) => caa(0, `test${n}`, "test")), ...deny],
  },
  "critical1.basic.caatestsuite.com": { caa: [caa(128, "caatestsuitedummyproperty", "test")] },
  "critical2.basic.caatestsuite.com": { caa: [caa(130, "caatestsuitedummyproperty", "test")] },
  "deny-wild.basic.caatestsuite.com": { caa: [caa(0, "issuewild", PERMITTED)] },
  "cname-deny.basic.caatestsuite.com": { cname: "deny.basic.caatestsuite.com" },
  "cname-cname-deny.basic.caatestsuite.com": { cname: "cname-deny.basic.caatestsuite.com" },
  "dname-deny.basic.caatestsuite.com": { dname: "deny.basic.caatestsuite.com" },
  "cname-deny-sub.basic.caatestsuite.com": { cname: "sub.deny.basic.caatestsuite.com" },
  "cname-loop.basic.caatestsuite.com": { cname: "sub.cname-loop.basic.caatestsuite.com" },
  "permit.basic.caatestsuite.com": { caa: [caa(0, "issue", PERMITTED), caa(0, "issue", "ca.test")] },
  "deny.permit.basic.caatestsuite.com": { caa: deny },
  "xss.caatestsuite.com": {
    caa: [caa(0, "issue", "ca.test<script>alert(1)</script>")],
  },
  "ipv6only.caatestsuite.com": { caa: deny },
  "expired.caatestsuite-dnssec.com": "dead",
  "missing.caatestsuite-dnssec.com": "dead",
  "blackhole.caatestsuite-dnssec.com": "dead",
  "servfail.caatestsuite-dnssec.com": "dead",
  "refused.caatestsuite-dnssec.com": "refused",
};

/** Longest chain of aliases that resolvers follow. */
const MOST_ALIASES = 8;

/** What a validating recursive resolver answers to a question for CAA. undefined: nothing. */
export function recursiveAnswer(query: packet.Packet, udp: boolean): Buffer {
  const [question] = query.questions ?? [];
  const answers: packet.Answer[] = [];
  let name = (question?.name ?? "").toLowerCase();
  let rcode = 0;
  for (let links = 0; links < MOST_ALIASES; links++) {
    const entry = CAA_ZONES[name];
    const alias = aliasOf(name);
    if (entry === "dead" || entry === "refused") rcode = 2;
    else if (entry && "caa" in entry)
      answers.push(...entry.caa.map((data) => ({ type: "CAA", name, data: data as packet.CaaData }) as const));
    if (!alias) break;
    answers.push({ type: "CNAME", name, data: alias });
    name = alias;
  }
  if (rcode === 0 && answers.every(({ type }) => type !== "CAA") && !existsBelow(name)) rcode = NXDOMAIN;
  const reply = { type: "response", id: query.id, questions: query.questions } as const;
  const flags = packet.RECURSION_AVAILABLE | rcode;
  const whole = packet.encode({ ...reply, flags, answers });
  return udp && whole.length > 1_232 ? packet.encode({ ...reply, flags: flags | packet.TRUNCATED_RESPONSE }) : whole;
}

const NXDOMAIN = 3;

function aliasOf(name: string): string | undefined {
  const entry = CAA_ZONES[name];
  if (typeof entry === "object" && "cname" in entry) return entry.cname;
  for (const [owner, above] of Object.entries(CAA_ZONES)) {
    if (typeof above === "object" && "dname" in above && name.endsWith(`.${owner}`))
      return name.slice(0, -owner.length) + above.dname;
  }
  return undefined;
}

/** Names with something below them exist. */
const existsBelow = (name: string): boolean =>
  Object.keys(CAA_ZONES).some((owner) => owner === name || owner.endsWith(`.${name}`));
