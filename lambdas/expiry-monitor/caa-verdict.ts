import type { CaaProperty, PublicDns } from "./public-dns";
import type { MonitoredCa } from "./settings";

export type CaaVerdict =
  | { readonly status: "allowed" }
  /** `at`: the domain whose records decide. */
  | { readonly status: "forbidden"; readonly at: string }
  | { readonly status: "failed"; readonly at: string; readonly detail: string };

const KNOWN_TAGS = new Set(["issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"]);

/** Whether at least one CA may issue for a name: the closest records upwards decide (RFC 8659 §3). */
export async function caaVerdict(name: string, cas: readonly MonitoredCa[], dns: PublicDns): Promise<CaaVerdict> {
  const labels = name.split(".");
  for (let depth = 0; depth < labels.length; depth += 1) {
    const at = labels.slice(depth).join(".");
    const answer = await dns.caa(at);
    if (answer.status === "failed") return { status: "failed", at, detail: answer.detail };
    if (answer.status === "found") {
      return cas.some((ca) => permits(answer.records, ca)) ? { status: "allowed" } : { status: "forbidden", at };
    }
  }
  return { status: "allowed" };
}

function permits(records: readonly CaaProperty[], ca: MonitoredCa): boolean {
  // RFC 8659 §4.1: a critical property that is not understood forbids.
  if (records.some(({ critical, tag }) => critical && !KNOWN_TAGS.has(tag))) return false;
  const issue = records.filter(({ tag }) => tag === "issue");
  if (issue.length === 0 || ca.caaIdentities.length === 0) return true;
  return issue.some(({ value }) => {
    const [issuer = "", ...parameters] = value.split(";").map((part) => part.trim());
    return ca.caaIdentities.includes(issuer.toLowerCase()) && parameters.every(allowsHttp01);
  });
}

/** RFC 8657 §4. The account's URI is the issuer's to know and to compare. */
function allowsHttp01(parameter: string): boolean {
  const methods = /^validationmethods\s*=\s*(.*)$/i.exec(parameter)?.[1];
  return methods === undefined || methods.split(",").some((method) => method.trim().toLowerCase() === "http-01");
}
