import type { CaaRecord, Resolver } from "./ports";

/** The CAA records that apply to a name, and where in the tree they were found. */
export type CaaLookup =
  | { readonly status: "ok"; readonly at?: string; readonly records: readonly CaaRecord[] }
  /** RFC 8659 §3 and the Baseline Requirements: no answer is not permission. */
  | { readonly status: "servfail"; readonly at: string; readonly detail: string };

/** Who asks: what a CAA record can name. */
export interface CaaIdentity {
  readonly caaIdentities: readonly string[];
  /** Asked for only where a record names accounts (RFC 8657 §3). */
  accountUrl(): Promise<string>;
}

/**
 * The records closest to the name (RFC 8659 §3). All levels are asked at once; aliases are followed by the resolver, as CAs do.
 */
export async function lookUpCaa(name: string, resolver: Pick<Resolver, "caa">): Promise<CaaLookup> {
  const labels = name.split(".");
  const levels = labels.map((_, position) => labels.slice(position).join("."));
  const answers = await Promise.all(levels.map(async (at) => ({ at, answer: await resolver.caa(at) })));
  for (const { at, answer } of answers) {
    if (answer.status === "servfail") return { status: "servfail", at, detail: answer.detail };
    if (answer.status === "ok" && answer.records.length > 0) return { status: "ok", at, records: answer.records };
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

/** Whether these records let a CA issue for a name that is no wildcard, by HTTP-01. */
export async function caaPermits(records: readonly CaaRecord[], identity: CaaIdentity): Promise<boolean> {
  if (records.some((record) => record.critical && !KNOWN_TAGS.has(record.tag))) return false;
  const issue = records.filter((record) => record.tag === "issue");
  if (issue.length === 0 || identity.caaIdentities.length === 0) return true;
  for (const record of issue) {
    if (await issuePermits(record.value, identity)) return true;
  }
  return false;
}

const KNOWN_TAGS: ReadonlySet<string> = new Set([
  "issue",
  "issuewild",
  "iodef",
  "contactemail",
  "contactphone",
  "issuemail",
]);

/** RFC 8659 §4.2: `letsencrypt.org; accounturi=https://…; validationmethods=http-01,dns-01`. What cannot be read permits nobody. */
async function issuePermits(value: string, identity: CaaIdentity): Promise<boolean> {
  const [issuer = "", ...rest] = value.split(";").map((part) => part.trim());
  if (!identity.caaIdentities.includes(issuer.toLowerCase())) return false;

  const parameters = new Map<string, string>();
  for (const part of rest) {
    if (part === "") continue;
    const [, tag, parameter] = part.match(/^([A-Za-z0-9]+)\s*=\s*([\x21-\x3a\x3c-\x7e]*)$/) ?? [];
    if (tag === undefined || parameter === undefined || parameters.has(tag.toLowerCase())) return false;
    parameters.set(tag.toLowerCase(), parameter);
  }
  const methods = parameters.get("validationmethods");
  if (methods !== undefined && !methods.toLowerCase().split(",").includes("http-01")) return false;
  const account = parameters.get("accounturi");
  return account === undefined || account === (await identity.accountUrl());
}
