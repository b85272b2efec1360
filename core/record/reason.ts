/** Why a tenant is not simply `active`. Stable: people grep for these. */
export const REASON_CODES = [
  "DNS_NXDOMAIN",
  "DNS_NOT_POINTING",
  "DNS_AAAA_STALE",
  "DNS_SERVFAIL",
  "OWNERSHIP_UNPROVEN",
  "CAA_FORBIDS",
  "PROXY_IN_FRONT",
  "PORT80_UNREACHABLE",
  "TOKEN_MISMATCH",
  "RATE_LIMITED",
  "CA_REJECTED",
  "CA_DOWN",
  "PAUSED_BY_CA",
  "ACCOUNT_ERROR",
  "INTERNAL",
  /** Nothing is wrong: not looked at yet, or an order is under way. */
  "WAITING",
  /** Taken out of the configuration. */
  "REMOVED",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** A DNS record that somebody has to create or change. */
export interface DnsAdvice {
  readonly name: string;
  readonly type: "A" | "AAAA" | "CNAME" | "CAA" | "TXT";
  readonly action: "create" | "change" | "delete";
  /** The values the record must have; for `delete`, those to remove. */
  readonly values: readonly string[];
}

/** The whole answer to "why does this tenant have no (new) certificate?". */
export interface Reason {
  readonly code: ReasonCode;
  /** One or two plain sentences for support staff, naming the domain. */
  readonly sentence: string;
  /** The exact records to set, where DNS is the cure. */
  readonly dns?: readonly DnsAdvice[];
  /** The last ACME problem type (`urn:ietf:params:acme:error:…`), where a CA said no. */
  readonly problemType?: string;
}

/** What others wrote (a CA, a zone) may fill no record and no page. */
const LONGEST_SENTENCE = 2_000;
const LONGEST_VALUE = 300;
const MOST_RECORDS = 60;
const MOST_VALUES = 20;

/** The same reason within bounds: 25 names with three records each fit. */
export function boundedReason({ code, sentence, dns, problemType }: Reason): Reason {
  const records = dns?.slice(0, MOST_RECORDS).map((record) => ({
    ...record,
    values: record.values.slice(0, MOST_VALUES).map((value) => clip(value, LONGEST_VALUE)),
  }));
  return {
    code,
    sentence: clip(sentence, LONGEST_SENTENCE),
    ...(records && { dns: records }),
    ...(problemType !== undefined && { problemType: clip(problemType, LONGEST_VALUE) }),
  };
}

function clip(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
