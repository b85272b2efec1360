import type { AcmeProblem } from "./certificate-authority";

/**
 * Boulder's messages for the limits of a whole account or address (ratelimits/limiter.go, wfe2: "Service busy; retry later."). A limit
 * is a tenant's own unless the CA's text begins with one of these: what follows, links and customers' names, decides nothing.
 */
const ACCOUNT_WIDE = [
  /^too many new orders\b(?! for\b)/i,
  /^too many (?:new )?registrations\b/i,
  /^too many (?:requests|connections)\b/i,
  /^service busy\b/i,
];
/** How Boulder's wfe2 says at what it failed: "Error creating new order :: too many new orders …". */
const STAGE = /^Error [a-z ]{1,40} :: /;

/** Names that a CA's answer is about, by its identifiers (RFC 8555 §6.7.1), out of those that were asked for. */
export function namesBlamed(problem: AcmeProblem, names: readonly string[]): string[] {
  const identified = new Set((problem.subproblems ?? []).map(({ name }) => name?.toLowerCase()));
  return names.filter((name) => identified.has(name));
}

/** Whether a limit that a CA says is reached stops every order of the account, and not only this tenant's. */
export function isAccountLimit(problem: AcmeProblem, names: readonly string[]): boolean {
  if (namesBlamed(problem, names).length > 0 || problem.subproblems?.some(({ name }) => name !== undefined))
    return false;
  const said = problem.detail.replace(STAGE, "");
  return ACCOUNT_WIDE.some((phrase) => phrase.test(said));
}

/** No answer at all, or one that says the CA has a problem of its own: the same question may be answered a second later. */
export function mayPass({ type, status }: AcmeProblem): boolean {
  return /^certfront:unreachable$|:serverInternal$/.test(type) || (status !== undefined && status >= 500);
}
