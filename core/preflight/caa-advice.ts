import type { DnsAdvice, Reason } from "../record/reason";
import { type CaaIdentity, type IssueVerdict, issueVerdict, isUnknownAndCritical } from "./caa";
import type { CaaRecord } from "./ports";

/** CAA records that let none of our CAs issue. */
export interface ForbiddingCaa {
  readonly name: string;
  /** Where in the tree the records were found. */
  readonly at: string;
  /** The name that holds them, where `at` is an alias. */
  readonly owner?: string | undefined;
  readonly records: readonly CaaRecord[];
}

/** What to do with a zone's records so that the CA may issue, and the records as they would then be. */
export interface CaaRepair {
  readonly cause: string;
  readonly dns: readonly DnsAdvice[];
  readonly after: readonly CaaRecord[];
}

/**
 * The reason for a name that CAA keeps from every CA of ours, with the change that would help: made from what stands in the way.
 * @param cas in order of preference; the first with an identity is the one to let in
 */
export async function caaForbids(found: ForbiddingCaa, cas: readonly CaaIdentity[]): Promise<Reason> {
  const { name, at, owner } = found;
  const ca = cas.find(({ caaIdentities }) => caaIdentities.length > 0);
  const where =
    owner === undefined ? at : `${at} (an alias: they are those of ${owner}, in whose zone they are changed)`;
  const lead = `The CAA records of ${where} do not let our CA issue for ${name}`;
  if (!ca) return { code: "CAA_FORBIDS", sentence: `${lead}.` };
  const { cause, dns } = await caaRepair(owner ?? at, found.records, ca);
  return { code: "CAA_FORBIDS", sentence: `${lead}: ${cause}. ${dns.map(imperative).join(" ")}`, dns };
}

/** @param holder the name that holds the records */
export async function caaRepair(holder: string, records: readonly CaaRecord[], ca: CaaIdentity): Promise<CaaRepair> {
  const advice = (action: DnsAdvice["action"], value: string): DnsAdvice => ({
    name: holder,
    type: "CAA",
    action,
    values: [value],
  });
  const strange = records.filter(isUnknownAndCritical);
  const rest = records.filter((record) => !isUnknownAndCritical(record));
  const deletions = strange.map((record) => advice("delete", caaAsWritten(record)));
  const because = strange.map(({ tag }) => `the critical property ${tag} is one that CAs do not know`);

  const issue = rest.filter(({ tag }) => tag === "issue");
  const verdicts = await Promise.all(
    issue.map(async (record) => ({ record, verdict: await issueVerdict(record.value, ca) })),
  );
  if (issue.length === 0 || verdicts.some(({ verdict }) => verdict === "permits")) {
    return { cause: because.join(" and "), dns: deletions, after: rest };
  }
  const identity = ca.caaIdentities[0] ?? "";
  const ours = verdicts.find(({ verdict }) => verdict !== "another-ca");
  if (!ours) {
    const named = issue.map(({ value }) => `"${shown(value)}"`).join(", ");
    const record: CaaRecord = { critical: false, tag: "issue", value: identity };
    return {
      cause: [...because, `they name ${named} alone`].join(" and "),
      dns: [...deletions, advice("create", caaAsWritten(record))],
      after: [...rest, record],
    };
  }
  const changed: CaaRecord = { ...ours.record, value: await repaired(ours, identity, ca) };
  return {
    cause: [...because, `"${shown(ours.record.value)}" ${CAUSES[ours.verdict]}`].join(" and "),
    dns: [...deletions, advice("change", caaAsWritten(changed))],
    after: rest.map((record) => (record === ours.record ? changed : record)),
  };
}

const CAUSES: Readonly<Record<string, string>> = {
  unreadable: "names our CA, but does not follow the grammar of CAA, so that it permits nobody",
  "other-methods": "allows other validation methods than http-01, which is ours",
  "another-account": "names another account than ours",
};

/** The same restriction, widened by what we need; what cannot be read becomes the CA's name alone. */
async function repaired(
  { record: { value }, verdict }: { readonly record: CaaRecord; readonly verdict: IssueVerdict },
  identity: string,
  ca: CaaIdentity,
): Promise<string> {
  if (verdict === "unreadable") return identity;
  const account = await ca.accountUrl();
  const wider = value.replace(
    /(\bvalidationmethods[ \t]*=[ \t]*)([^;]*?)([ \t]*(?:;|$))/,
    (whole, tag: string, methods: string, end: string) =>
      methods.split(",").includes("http-01") ? whole : `${tag}${methods},http-01${end}`,
  );
  return account === undefined
    ? wider
    : wider.replace(/(\baccounturi[ \t]*=[ \t]*)[^; \t]*/, (_, tag: string) => `${tag}${account}`);
}

/** A record's data as a zone file has it. */
export function caaAsWritten({ critical, tag, value }: CaaRecord): string {
  return `${critical ? 128 : 0} ${tag} "${shown(value)}"`;
}

/** A zone's owner may write anything into a record; it is shown to people. */
function shown(value: string): string {
  return value.replace(/[^\x20-\x7e]|["\\]/g, "?").slice(0, 200);
}

function imperative({ name, action, values }: DnsAdvice): string {
  const value = values.join();
  if (action === "delete") return `Delete the CAA record ${name} → ${value}.`;
  return action === "create"
    ? `Create the CAA record ${name} → ${value}.`
    : `Change that CAA record of ${name} to ${value}.`;
}
