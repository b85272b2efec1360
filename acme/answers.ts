import type { HttpAnswer } from "acme-client/src/http";
import { DAY, HOUR, MINUTE } from "../core/base/clock";
import type { AcmeAuthorization, AcmeOrder, RenewalInfo } from "../core/ca/certificate-authority";
import { isToken } from "../core/ca/challenge";
import { identifiedName, isObject, malformed, parseProblem, parseRetryAfter } from "./problems";

/** A CA's answers checked member by member: whatever does not fit RFC 8555 is `certfront:malformed`. */

/** It is stored with the tenant, for people to follow. */
const LONGEST_URL = 500;
/** Each is a request, and no order has more names. */
const MOST_AUTHORIZATIONS = 100;

const ORDER_STATUSES = ["pending", "ready", "processing", "valid", "invalid"] as const;
const AUTHORIZATION_STATUSES = ["pending", "valid", "invalid", "deactivated", "expired", "revoked"] as const;

/** RFC 8555 §7.1.3. */
export function parseOrder(ca: string, url: string, answer: HttpAnswer): AcmeOrder {
  const read = reader(ca, "order", answer.data);
  const error = parseProblem(read.optional("error"));
  // It may be left out (RFC 8555 §7.1.3): one that cannot be read is as good as none.
  const expires = dateOf(read.optional("expires"));
  const authorizations = read.texts("authorizations");
  if (authorizations.length > MOST_AUTHORIZATIONS)
    throw malformed(ca, `an order with ${authorizations.length} authorizations.`);
  return {
    url,
    status: read.oneOf("status", ORDER_STATUSES),
    authorizations: authorizations.map((part) => resolved(part, url)),
    finalize: resolved(read.text("finalize"), url),
    ...(read.optional("certificate") !== undefined && { certificate: resolved(read.text("certificate"), url) }),
    ...(expires !== undefined && { expires }),
    ...retryAfter(answer),
    ...(error && { error }),
  };
}

/** RFC 8555 §7.1.4, with its http-01 challenge (§8.3). */
export function parseAuthorization(ca: string, url: string, answer: HttpAnswer): AcmeAuthorization {
  const read = reader(ca, "authorization", answer.data);
  const identifier = reader(ca, "identifier", read.optional("identifier"));
  const offered = read.optional("challenges");
  const challenge = Array.isArray(offered)
    ? offered.find((entry) => isObject(entry) && entry.type === "http-01")
    : undefined;
  const http01 = challenge && parseHttp01(ca, url, challenge);
  const error = isObject(challenge) ? parseProblem(challenge.error) : undefined;
  const name = identifiedName(identifier.text("value"));
  if (name === undefined) throw malformed(ca, "an authorization of no name.");
  return {
    url,
    name,
    status: read.oneOf("status", AUTHORIZATION_STATUSES),
    ...(http01 && { http01 }),
    ...(error && { error }),
    ...retryAfter(answer),
  };
}

function parseHttp01(ca: string, url: string, challenge: unknown): NonNullable<AcmeAuthorization["http01"]> {
  const read = reader(ca, "challenge", challenge);
  const token = read.text("token");
  // Fronts answer for no other.
  if (!isToken(token)) throw malformed(ca, "a challenge has no proper token.");
  return { url: resolved(read.text("url"), url), token, status: read.text("status") };
}

/** RFC 9773 §4.2 and §4.3.2: an end that is not after the start is no window; Retry-After counts from a minute to a day. */
export function parseRenewalInfo(ca: string, answer: HttpAnswer): RenewalInfo {
  const read = reader(ca, "renewalInfo", answer.data);
  const window = reader(ca, "suggestedWindow", read.optional("suggestedWindow"));
  const start = dateOf(window.optional("start"));
  const end = dateOf(window.optional("end"));
  if (start === undefined || end === undefined || end <= start) throw malformed(ca, "renewalInfo has no valid window.");
  const explanation = read.optional("explanationURL");
  const asked = parseRetryAfter(answer.headers["retry-after"], Date.now()) ?? 6 * HOUR;
  return {
    start,
    end,
    ...(typeof explanation === "string" &&
      /^https?:\/\//.test(explanation) &&
      explanation.length <= LONGEST_URL && { explanationUrl: explanation }),
    retryAfterMs: Math.min(DAY, Math.max(MINUTE, asked)),
  };
}

/** The chain as PEM, leaf first; what else the file holds is dropped. */
export function parseChain(ca: string, answer: HttpAnswer): string {
  const text = typeof answer.data === "string" ? answer.data : undefined;
  const certificates = text?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (!certificates) throw malformed(ca, "the certificate's URL holds no PEM certificate.");
  return `${certificates.join("\n")}\n`;
}

/** A CA's URL, which may be relative to the one it was asked at (RFC 9110 §10.2.2). */
export function resolved(url: string, base: string): string {
  return /^\.{0,2}\//.test(url) && URL.canParse(url, base) ? new URL(url, base).href : url;
}

/** The names of an order's identifiers; for telling whose it is. */
export function orderNames(answer: HttpAnswer): string[] {
  const identifiers = isObject(answer.data) ? answer.data.identifiers : undefined;
  if (!Array.isArray(identifiers)) return [];
  return identifiers.flatMap((entry) => (isObject(entry) ? (identifiedName(entry.value) ?? []) : []));
}

function retryAfter(answer: HttpAnswer): { retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], Date.now());
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** RFC 3339, as ms since the epoch; undefined for anything else. */
function dateOf(value: unknown): number | undefined {
  const ms = typeof value === "string" && /^\d{4}-\d\d-\d\dT/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function reader(ca: string, what: string, value: unknown) {
  if (!isObject(value)) throw malformed(ca, `the ${what} is no JSON object.`);
  const wrong = (member: string) => malformed(ca, `the ${what}'s ${member} is missing or of the wrong kind.`);
  const text = (member: string): string => {
    const found = value[member];
    if (typeof found !== "string") throw wrong(member);
    return found;
  };
  return {
    text,
    optional: (member: string): unknown => value[member] ?? undefined,
    texts(member: string): string[] {
      const found = value[member];
      if (!Array.isArray(found) || !found.every((entry) => typeof entry === "string")) throw wrong(member);
      return found;
    },
    oneOf<T extends string>(member: string, allowed: readonly T[]): T {
      const found = allowed.find((entry) => entry === value[member]);
      if (found === undefined) throw wrong(member);
      return found;
    },
  };
}
