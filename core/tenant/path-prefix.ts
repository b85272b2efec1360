import { quoted } from "./domain-name";

/** Characters that mean one thing in a request, in a map of HAProxy's and on its command line. */
const ALPHABET = /^\/[A-Za-z0-9._~/@:+-]{0,199}$/;
/** What a server may fold into another path. */
const FOLDS = /\/\/|\/\.\.?(?:\/|$)/;

/**
 * Why a path prefix cannot be an exception from the redirect. The only rule for it: what configuration accepts, every front accepts.
 * @returns undefined for a good one, like `/api/`
 */
export function prefixProblem(prefix: unknown): string | undefined {
  if (typeof prefix !== "string" || !prefix.startsWith("/")) return "must begin with /, like /api/";
  if (prefix === "/") return "covers every path; write http: serve instead";
  if (!ALPHABET.test(prefix)) {
    return `${quoted(prefix)} may hold letters, digits and . _ ~ / @ : + - only, at most 200: it is compared with paths as clients send them`;
  }
  if (FOLDS.test(prefix))
    return `${quoted(prefix)} holds an empty segment, . or .., which no request keeps on plain http`;
  return undefined;
}
