import type { ReasonCode } from "../record/reason";
import type { AcmeError, AcmeProblem } from "./certificate-authority";

/** Who has to do something, which decides what is tried next. */
interface Meaning {
  readonly code: ReasonCode;
  /** Another CA may say yes to the same names. */
  readonly tryNextCa: boolean;
  /** Plain words for "what does this mean?"; the CA's own detail follows. */
  readonly meaning: string;
}

const tenantsFault = (code: ReasonCode, meaning: string): Meaning => ({ code, tryNextCa: false, meaning });
const casFault = (code: ReasonCode, meaning: string): Meaning => ({ code, tryNextCa: true, meaning });

/** RFC 8555 §6.7, RFC 9773 §5, and our own two. The part after `urn:ietf:params:acme:error:`. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    "certfront:unreachable": casFault("CA_DOWN", "cannot be reached"),
    "certfront:malformed": casFault("CA_DOWN", "gave an answer that makes no sense"),
    serverInternal: casFault("CA_DOWN", "has a problem of its own"),
    badNonce: casFault("CA_DOWN", "keeps refusing our nonces"),
    rateLimited: casFault("RATE_LIMITED", "has a limit that is used up"),
    caa: casFault("CAA_FORBIDS", "is forbidden by the domain's CAA records"),
    dns: tenantsFault("DNS_SERVFAIL", "could not look the name up"),
    connection: tenantsFault("PORT80_UNREACHABLE", "could not connect to the name on port 80"),
    tls: tenantsFault("PORT80_UNREACHABLE", "was redirected to an https address that does not work"),
    incorrectResponse: tenantsFault("TOKEN_MISMATCH", "fetched the token and got something else"),
    unauthorized: tenantsFault("TOKEN_MISMATCH", "fetched the token and got something else"),
    accountDoesNotExist: casFault("ACCOUNT_ERROR", "does not know our account"),
    externalAccountRequired: casFault("ACCOUNT_ERROR", "wants an external account binding (EAB)"),
    userActionRequired: casFault("ACCOUNT_ERROR", "wants its new terms of service agreed to"),
    invalidContact: casFault("ACCOUNT_ERROR", "does not accept the contact address"),
    unsupportedContact: casFault("ACCOUNT_ERROR", "does not accept the contact address"),
    badPublicKey: casFault("ACCOUNT_ERROR", "does not accept our account key"),
    badSignatureAlgorithm: casFault("ACCOUNT_ERROR", "does not accept our account key"),
    rejectedIdentifier: casFault("CA_REJECTED", "does not issue for the name by its policy"),
    unsupportedIdentifier: casFault("CA_REJECTED", "does not issue for names of this kind"),
    invalidProfile: casFault("CA_REJECTED", "does not have the profile asked for"),
    badCSR: casFault("CA_REJECTED", "does not accept our certificate request"),
  }),
);

/** Names of problem types that are told apart (RFC 8555 §6.7, RFC 9773 §5). */
export const PROBLEM_KINDS: readonly string[] = [
  ...MEANINGS.keys(),
  "alreadyReplaced",
  "compound",
  "malformed",
  "orderNotReady",
];

const OTHERWISE = casFault("CA_REJECTED", "refused the order");

/** Let's Encrypt pauses a name after long failure, by a 429 that carries the link to end the pause. */
const PAUSED = /^(?:Error [a-z ]{1,40} :: )?Your account is temporarily prevented\b/i;
const LINK = /https:\/\/[^\s"'<>]+/;

export interface CaAnswer extends Meaning {
  readonly sentence: string;
  readonly problemType: string;
}

/**
 * What a CA's problem document means to a person.
 * @param stage "validating": the problem is about a challenge, where `unauthorized` speaks of the token, not of the account
 */
export function explainProblem(
  problem: AcmeProblem,
  about: { domain: string; ca: string; stage: "ordering" | "validating" },
): CaAnswer {
  const deciding = problem.type.endsWith(":compound") ? { ...problem, ...problem.subproblems?.[0] } : problem;
  const type = deciding.type.replace(/^urn:ietf:params:acme:error:/, "");
  let meaning = MEANINGS.get(type) ?? OTHERWISE;
  if (type === "unauthorized" && about.stage === "ordering")
    meaning = casFault("ACCOUNT_ERROR", "does not let our account do this");
  if (type === "dns" && /NXDOMAIN/.test(problem.detail))
    meaning = tenantsFault("DNS_NXDOMAIN", "says the name does not exist");
  let advice = "";
  if (type === "rateLimited" && PAUSED.test(problem.detail)) {
    meaning = casFault("PAUSED_BY_CA", "has paused the name after long failure");
    const link = problem.detail.match(LINK)?.[0].replace(/[.,)]+$/, "");
    advice = link ? ` End the pause at ${link} once the cause is cured.` : "";
  }
  const details = [
    problem.detail,
    ...(problem.subproblems ?? []).map(({ detail, name }) => (name ? `${name}: ${detail}` : detail)),
  ];
  const said = [...new Set(details)].join(" / ").slice(0, 600);
  return {
    ...meaning,
    sentence: `${about.ca} ${meaning.meaning} (${about.domain}). It says: ${said}${/[.!?]$/.test(said) ? "" : "."}${advice}`,
    problemType: problem.type,
  };
}

/** An HTTP status or type that says the order, or what belongs to it, is not there any more. */
export function isGone(error: AcmeError): boolean {
  return error.problem.status === 404 || /orderDoesNotExist$/.test(error.problem.type);
}

/** RFC 8555 §7.4: the order is not `ready`, or not any more. */
export function isNotReady(error: AcmeError): boolean {
  return /:orderNotReady$/.test(error.problem.type);
}

/** RFC 9773 §5, and what Boulder said before it: the certificate to replace was replaced already. */
export function isAlreadyReplaced(error: AcmeError): boolean {
  return error.problem.status === 409 || /:(?:alreadyReplaced|conflict)$/.test(error.problem.type);
}
