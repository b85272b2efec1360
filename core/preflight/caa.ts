import type { CaaAnswer, CaaRecord, Resolver } from "./ports";

/** The CAA records that apply to a name, and where they were found. */
export type CaaLookup =
  | {
      readonly status: "ok";
      /** Where in the tree, as climbed from the name; absent: there are none. */
      readonly at?: string;
      /** The name that really holds them, where `at` is an alias. */
      readonly owner?: string;
      readonly records: readonly CaaRecord[];
    }
  /** RFC 8659 §3 and the Baseline Requirements: no answer is not permission. */
  | { readonly status: "servfail"; readonly at: string; readonly detail: string };

/** Who asks: what a CAA record can name. */
export interface CaaIdentity {
  readonly caaIdentities: readonly string[];
  /** Asked for only where a record names accounts (RFC 8657 §3). undefined: not known here, so whichever is named may be ours. */
  accountUrl(): Promise<string | undefined>;
}

/** What reads CAA records: a name that is an alias answers with those at the end of the chain, as CAs read them. */
export interface CaaSource {
  caa(name: string): Promise<CaaAnswer>;
}

/** The records closest to the name (RFC 8659 §3). All levels are asked at once; aliases are followed by the resolver, as CAs do. */
export async function lookUpCaa(name: string, resolver: CaaSource): Promise<CaaLookup> {
  const labels = name.split(".");
  const levels = labels.map((_, position) => labels.slice(position).join("."));
  const answers = await Promise.all(levels.map(async (at) => ({ at, answer: await resolver.caa(at) })));
  for (const { at, answer } of answers) {
    if (answer.status === "servfail") return { status: "servfail", at, detail: answer.detail };
    if (answer.status !== "ok" || answer.records.length === 0) continue;
    const { records, owner } = answer;
    return { status: "ok", at, records, ...(owner !== undefined && owner !== at && { owner }) };
  }
  return { status: "ok", records: [] };
}

/**
 * The same from the zone's own servers, where resolvers may still have what the customer has corrected.
 * @returns undefined where those cannot be found or do not answer
 */
export async function lookUpCaaAtSource(name: string, at: string, resolver: Resolver): Promise<CaaLookup | undefined> {
  const source = await resolver.authoritative?.(at);
  if (!source) return undefined;
  // Only the level that says no is doubted; another zone's servers know nothing of those above.
  const caa: Resolver["caa"] = (level) => (level === at ? source : resolver).caa(level);
  const found = await lookUpCaa(name, { caa });
  return found.status === "ok" ? found : undefined;
}

/**
 * Whether these records let a CA issue for a name that is no wildcard, by HTTP-01: the verdict of Let's Encrypt (boulder va/caa.go),
 * which no CA's differs from but in what RFC 8659 leaves open.
 */
export async function caaPermits(records: readonly CaaRecord[], identity: CaaIdentity): Promise<boolean> {
  if (records.some(isUnknownAndCritical)) return false;
  const issue = records.filter((record) => record.tag === "issue");
  if (issue.length === 0 || identity.caaIdentities.length === 0) return true;
  for (const record of issue) {
    if ((await issueVerdict(record.value, identity)) === "permits") return true;
  }
  return false;
}

/** Critical is the bit 128; so many records have 1 in its place that CAs take it for the same. */
export function isCritical(flags: number): boolean {
  return (flags & (128 | 1)) !== 0;
}

/** Properties that do not matter here and are understood: RFC 8659 §4, RFC 9495, and the CA/Browser Forum's for mark certificates. */
const KNOWN_TAGS: ReadonlySet<string> = new Set(["issue", "issuewild", "iodef", "issuemail", "issuevmc"]);

export function isUnknownAndCritical({ tag, critical }: CaaRecord): boolean {
  return critical && !KNOWN_TAGS.has(tag);
}

/** What one issue property says to a CA, and why not. */
export type IssueVerdict = "permits" | "another-ca" | "unreadable" | "other-methods" | "another-account";

/** RFC 8659 §4.2 and RFC 8657: `letsencrypt.org; accounturi=https://…; validationmethods=http-01,dns-01`. What cannot be read permits nobody. */
export async function issueVerdict(value: string, identity: CaaIdentity): Promise<IssueVerdict> {
  const [issuer = "", ...rest] = value.split(";").map(trimmed);
  if (!identity.caaIdentities.includes(issuer.toLowerCase())) return "another-ca";
  const parameters = rest.length === 1 && rest[0] === "" ? new Map<string, string>() : parametersOf(rest);
  if (!parameters) return "unreadable";
  const methods = parameters.get("validationmethods")?.split(",");
  if (methods && !methods.every((method) => /^[A-Za-z0-9-]+$/.test(method))) return "unreadable";
  if (methods && !methods.includes("http-01")) return "other-methods";
  const account = parameters.get("accounturi");
  if (account === undefined) return "permits";
  const own = await identity.accountUrl();
  return own === undefined || own === account ? "permits" : "another-account";
}

/** undefined where one does not follow the grammar, or is said twice (RFC 8657 §3, §4: unsatisfiable). */
function parametersOf(parts: readonly string[]): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const part of parts) {
    const [, tag = "", value] = part.match(/^([A-Za-z0-9]+)[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)$/) ?? [];
    if (value === undefined || parameters.has(tag)) return undefined;
    parameters.set(tag, value);
  }
  return parameters;
}

function trimmed(part: string): string {
  return part.replace(/^[ \t]+|[ \t]+$/g, "");
}
