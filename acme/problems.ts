import { DAY, SECOND } from "../core/base/clock";
import { wordsOf } from "../core/base/errors";
import { AcmeError, type AcmeProblem } from "../core/ca/certificate-authority";
import { PROBLEM_KINDS } from "../core/ca/reasons";

/** The CA did not answer: refused, reset, no such host, or too slow. */
export const UNREACHABLE = "certfront:unreachable";
/** The CA answered with something that is not ACME. */
export const MALFORMED = "certfront:malformed";

/** RFC 7807 §4.2: a problem that says no more than its status does. */
const UNTYPED = "about:blank";
const ACME_ERROR = "urn:ietf:params:acme:error:";
/** No order has more names. */
const MOST_SUBPROBLEMS = 100;
/** Nobody means more, and every sum with it stays a date. */
const LONGEST_RETRY_AFTER = 366 * DAY;
/** RFC 9110 §5.6.7: each form has the time of day; `Date.parse` alone takes `-5` and `1.5` for dates. */
const HTTP_DATE = /^[A-Z][a-z]+,? .*\d\d:\d\d:\d\d/;
/** With its dot, and what a wildcard adds. */
const LONGEST_NAME = 256;

/** What a hostile or broken CA may put into one of our sentences. */
const DETAIL_LENGTH = 2_000;

export function unreachable(ca: string, cause: unknown): AcmeError {
  return new AcmeError(
    { type: UNREACHABLE, detail: `The CA ${ca} cannot be reached: ${wordsOf(cause)}` },
    { advice: "Nothing to do unless it lasts; certfront tries again, and tries the next CA of the list.", cause },
  );
}

export function malformed(ca: string, what: string, status?: number): AcmeError {
  return new AcmeError(
    { type: MALFORMED, detail: `The CA ${ca} gave a wrong answer: ${what}`, ...(status !== undefined && { status }) },
    { advice: "Check the directory's URL in `cas`; certfront tries again, and tries the next CA of the list." },
  );
}

/** An answer whose status says no, as an error that keeps all that the problem document says. */
export function refusal(
  ca: string,
  answer: { status: number; data: unknown },
  retryAfterMs: number | undefined,
): AcmeError {
  const problem = parseProblem(answer.data, answer.status);
  // A load balancer in front of the CA answers 502 to 504, or 429, in HTML, or in JSON without a type or with one of its own.
  const busy = answer.status >= 500 || answer.status === 429;
  if (problem && busy && !problem.type.startsWith(ACME_ERROR))
    return new AcmeError({ ...problem, type: UNREACHABLE }, { retryAfterMs });
  if (problem) return new AcmeError(problem, { retryAfterMs });
  return new AcmeError(
    {
      type: busy ? UNREACHABLE : MALFORMED,
      detail: `The CA ${ca} answered HTTP ${answer.status} without saying why.`,
      status: answer.status,
    },
    { retryAfterMs },
  );
}

/** An RFC 7807 problem document, or undefined where `value` is none. */
export function parseProblem(value: unknown, status?: number): AcmeProblem | undefined {
  if (!isObject(value)) return undefined;
  const type = typeOf(value.type);
  if (type === UNTYPED && typeof value.detail !== "string") return undefined;
  const listed = Array.isArray(value.subproblems) ? value.subproblems : [];
  const subproblems = listed.slice(0, MOST_SUBPROBLEMS).flatMap(parseSubproblem);
  // What HTTP says, says more than its copy in the document (RFC 7807 §3.1: advisory).
  const stated = status ?? (typeof value.status === "number" ? value.status : undefined);
  return {
    type,
    detail: typeof value.detail === "string" ? clip(value.detail) : type,
    ...(stated !== undefined && { status: stated }),
    ...(subproblems.length > 0 && { subproblems }),
  };
}

/** `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as ms from now: never negative, a year at most; junk is undefined. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Math.min(Number(header) * SECOND, LONGEST_RETRY_AFTER);
  const date = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), LONGEST_RETRY_AFTER);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseSubproblem(value: unknown): NonNullable<AcmeProblem["subproblems"]>[number][] {
  if (!isObject(value)) return [];
  const name = isObject(value.identifier) ? identifiedName(value.identifier.value) : undefined;
  const detail = typeof value.detail === "string" ? clip(value.detail) : "";
  return [{ type: typeOf(value.type), detail, ...(name !== undefined && { name }) }];
}

/** The name of an identifier as we write it: names are the same in capitals and with the root's dot (RFC 4343, RFC 1034 §3.1). */
export function identifiedName(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "" || value.length > LONGEST_NAME) return undefined;
  return value.toLowerCase().replace(/\.$/, "");
}

/** RFC 8555's own types as it spells them: some CAs write them in other cases. */
function typeOf(value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") return UNTYPED;
  const type = clip(value.trim());
  if (!type.toLowerCase().startsWith(ACME_ERROR)) return type;
  const kind = type.slice(ACME_ERROR.length);
  return `${ACME_ERROR}${PROBLEM_KINDS.find((known) => known.toLowerCase() === kind.toLowerCase()) ?? kind}`;
}

function clip(text: string): string {
  return text.length <= DETAIL_LENGTH ? text : `${text.slice(0, DETAIL_LENGTH)}…`;
}
