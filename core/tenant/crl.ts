import { X509Certificate } from "node:crypto";
import { elements, pem as pemOf } from "../base/der";

/** What a front hands to HAProxy in one piece. */
const MOST_CHARACTERS = 15_000;
const BLOCK = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * The revocation lists alone, encoded anew (RFC 5280 §5.1): nothing else of what the user wrote reaches a front.
 * @param cas PEM of the CAs; a list of none of them would have HAProxy refuse every client
 */
export function canonicalCrlPem(text: string, cas: string): { pem: string } | { problem: string } {
  const lists = listsOf(text);
  if (lists.length === 0) return { problem: "holds no PEM revocation list (-----BEGIN X509 CRL-----)" };
  const issuers = (cas.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(subjectOf);
  const named = lists.map((list) => readable(list)?.issuer);
  if (named.includes(undefined)) return { problem: "holds a revocation list that cannot be read" };
  if (!named.some((issuer) => issuers.includes(issuer))) return { problem: "holds no revocation list of a CA in ca" };
  const pem = lists.map((list) => pemOf("X509 CRL", list)).join("");
  return pem.length <= MOST_CHARACTERS
    ? { pem }
    : { problem: `has ${pem.length} characters of revocation lists, at most ${MOST_CHARACTERS} are allowed` };
}

/** What one list says (RFC 5280 §5.1). */
export interface Revocations {
  /** The issuer's name as it is encoded, in hex. */
  readonly issuer: string;
  /** Of the certificates taken back: hex, without leading zeros. */
  readonly serials: readonly string[];
}

/** @param text PEM, such as `canonicalCrlPem` gives. Throws RangeError where a list cannot be read. */
export function revocationsOf(text: string): Revocations[] {
  return listsOf(text).map(readList);
}

function listsOf(text: string): Buffer[] {
  return [...text.matchAll(BLOCK)].map(([, base64 = ""]) => Buffer.from(base64.replace(/\s/g, ""), "base64"));
}

function readList(list: Buffer): Revocations {
  const [outer] = elements(list);
  const [tbs] = outer?.tag === SEQUENCE ? elements(outer.content) : [];
  const parts = tbs ? elements(tbs.content) : [];
  // version, which a list of today has, then the signature's algorithm, the issuer, one or two times, and the list itself.
  const [, issuer, ...rest] = parts.slice(parts[0]?.tag === INTEGER ? 1 : 0);
  if (issuer?.tag !== SEQUENCE) throw new RangeError("a revocation list has no issuer");
  const revoked = rest.find(({ tag }) => tag === SEQUENCE);
  const entries = revoked ? elements(revoked.content) : [];
  const serials = entries.map(
    ({ content }) =>
      elements(content)[0]
        ?.content.toString("hex")
        .replace(/^(00)+/, "") ?? "",
  );
  return { issuer: issuer.content.toString("hex"), serials };
}

function readable(list: Buffer): Revocations | undefined {
  try {
    return readList(list);
  } catch {
    return undefined;
  }
}

/** The same of a certificate's subject. */
function subjectOf(certificate: string): string | undefined {
  const [outer] = elements(new X509Certificate(certificate).raw);
  const [tbs] = outer ? elements(outer.content) : [];
  // [0] version, serial number, signature's algorithm, issuer, validity, subject.
  return tbs && elements(tbs.content)[5]?.content.toString("hex");
}
