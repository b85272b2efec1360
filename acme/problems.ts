import { AcmeError, type AcmeProblem } from "../core/ca/certificate-authority";

/** The CA did not answer: refused, reset, no such host, or too slow. */
export const UNREACHABLE = "certfront:unreachable";
/** The CA answered with something that is not ACME. */
export const MALFORMED = "certfront:malformed";

/** What a hostile or broken CA may put into one of our sentences. */
const DETAIL_LENGTH = 2_000;

export function unreachable(ca: string, cause: unknown): AcmeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AcmeError(
    { type: UNREACHABLE, detail: `The CA ${ca} cannot be reached: ${why}` },
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
  if (problem) return new AcmeError(problem, { retryAfterMs });
  // A load balancer in front of the CA answers 502 to 504, or 429, in HTML.
  const busy = answer.status >= 500 || answer.status === 429;
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
  if (!isObject(value) || typeof value.type !== "string") return undefined;
  const subproblems = Array.isArray(value.subproblems) ? value.subproblems.flatMap(parseSubproblem) : [];
  const stated = typeof value.status === "number" ? value.status : status;
  return {
    type: clip(value.type),
    detail: typeof value.detail === "string" ? clip(value.detail) : clip(value.type),
    ...(stated !== undefined && { status: stated }),
    ...(subproblems.length > 0 && { subproblems }),
  };
}

/** `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as ms from now; never negative. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseSubproblem(value: unknown): NonNullable<AcmeProblem["subproblems"]>[number][] {
  if (!isObject(value) || typeof value.type !== "string") return [];
  const name =
    isObject(value.identifier) && typeof value.identifier.value === "string" ? value.identifier.value : undefined;
  const detail = typeof value.detail === "string" ? clip(value.detail) : "";
  return [{ type: clip(value.type), detail, ...(name !== undefined && { name }) }];
}

function clip(text: string): string {
  return text.length <= DETAIL_LENGTH ? text : `${text.slice(0, DETAIL_LENGTH)}…`;
}
