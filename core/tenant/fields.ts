import { X509Certificate } from "node:crypto";
import { canonicalCrlPem } from "./crl";
import { quoted } from "./domain-name";
import { prefixProblem } from "./path-prefix";
import { isObject, reportUnknownKeys } from "./problems";
import type { ClientCertificates, Hsts, HttpPolicy, KeyType } from "./tenant";
import { readUpstream, type Surroundings } from "./upstream";

/** Says what is wrong with a field; `member` is appended to the field's path (`.maxAge`, `[2]`). */
export type Report = (message: string, member?: string) => undefined;

/** A year: what browsers' preload list asks for, and what A+ needs at the least half of. */
const HSTS_DEFAULT_SECONDS = 31_536_000;
const HSTS_LONGEST_SECONDS = 10 * HSTS_DEFAULT_SECONDS;

const MOST_PREFIXES = 50;
/** As written, and what may be left of it: a front hands it to HAProxy in one piece, of which 16,384 bytes is the most. */
const MOST_CA_INPUT = 100_000;
const MOST_CA_CHARACTERS = 15_000;

export function parseHttpPolicy(value: unknown, report: Report): HttpPolicy | undefined {
  if (value === undefined) return "redirect";
  if (value === "redirect" || value === "serve") return value;
  if (!isObject(value)) return report(`must be "redirect", "serve" or {redirectExcept: [path prefixes]}`);
  reportUnknownKeys(value, ["redirectExcept"], (key, message) => report(message, `.${key}`));
  const prefixes = value.redirectExcept;
  if (!Array.isArray(prefixes) || prefixes.length === 0) {
    return report("must be a list of path prefixes, like [/api/]", ".redirectExcept");
  }
  if (prefixes.length > MOST_PREFIXES) {
    return report(`has ${prefixes.length} prefixes, at most ${MOST_PREFIXES} are allowed`, ".redirectExcept");
  }
  prefixes.forEach((prefix, position) => {
    const problem = prefixProblem(prefix);
    if (problem !== undefined) report(problem, `.redirectExcept[${position}]`);
  });
  return { redirectExcept: prefixes.map(String) };
}

export function parseHsts(value: unknown, report: Report): false | Hsts | undefined {
  if (value === undefined || value === false) return false;
  const asked = value === true ? {} : value;
  if (!isObject(asked)) return report("must be true, false or {maxAge, includeSubdomains, preload}");
  reportUnknownKeys(asked, ["maxAge", "includeSubdomains", "preload"], (key, message) => report(message, `.${key}`));
  const { maxAge = HSTS_DEFAULT_SECONDS, includeSubdomains = false, preload = false } = asked;
  if (typeof maxAge !== "number" || !Number.isInteger(maxAge) || maxAge < 0 || maxAge > HSTS_LONGEST_SECONDS) {
    return report(`must be whole seconds from 0 to ${HSTS_LONGEST_SECONDS}`, ".maxAge");
  }
  if (typeof includeSubdomains !== "boolean") return report("must be true or false", ".includeSubdomains");
  if (typeof preload !== "boolean") return report("must be true or false", ".preload");
  if (preload && (!includeSubdomains || maxAge < HSTS_DEFAULT_SECONDS)) {
    return report(`needs includeSubdomains: true and maxAge of at least ${HSTS_DEFAULT_SECONDS}`, ".preload");
  }
  return { maxAge, includeSubdomains, preload };
}

export function parseClientCertificates(value: unknown, report: Report): ClientCertificates | undefined {
  if (value === undefined) return { mode: "off" };
  if (!isObject(value)) return report("must be {mode: off, optional or required, ca: PEM}");
  reportUnknownKeys(value, ["mode", "ca", "crl"], (key, message) => report(message, `.${key}`));
  const { mode, ca, crl } = value;
  if (mode === "off") {
    if (ca === undefined && crl === undefined) return { mode };
    return report("has no use while mode is off", ca === undefined ? ".crl" : ".ca");
  }
  if (mode !== "optional" && mode !== "required") return report("must be off, optional or required", ".mode");
  if (typeof ca !== "string" || ca.length > MOST_CA_INPUT) {
    return report("must be the PEM of the CA that signs this tenant's client certificates", ".ca");
  }
  const pem = canonicalCaPem(ca);
  if ("problem" in pem) return report(pem.problem, ".ca");
  if (crl === undefined) return { mode, ca: pem.pem };
  const list =
    typeof crl === "string" ? canonicalCrlPem(crl, pem.pem) : { problem: "must be PEM (-----BEGIN X509 CRL-----)" };
  return "problem" in list ? report(list.problem, ".crl") : { mode, ca: pem.pem, crl: list.pem };
}

/** The certificates alone, encoded anew: nothing else of what the user wrote reaches a front. */
function canonicalCaPem(pem: string): { pem: string } | { problem: string } {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (/PRIVATE KEY/.test(pem)) return { problem: "contains a private key; give the CA's certificate alone" };
  if (blocks.length === 0) return { problem: "holds no PEM certificate (-----BEGIN CERTIFICATE-----)" };
  try {
    const certificates = blocks.map((block) => new X509Certificate(block));
    const other = certificates.find((certificate) => !certificate.ca);
    if (other) return { problem: `${quoted(other.subject)} is not a CA certificate (basicConstraints)` };
    const canonical = certificates.map((certificate) => certificate.toString()).join("");
    return canonical.length <= MOST_CA_CHARACTERS
      ? { pem: canonical }
      : { problem: `has ${canonical.length} characters of certificates, at most ${MOST_CA_CHARACTERS} are allowed` };
  } catch {
    return { problem: "holds a certificate that cannot be read" };
  }
}

export function parseKeyType(value: unknown, report: Report): KeyType | undefined {
  if (value === undefined) return "ecdsa-p256";
  return value === "ecdsa-p256" || value === "rsa-2048" ? value : report("must be ecdsa-p256 or rsa-2048");
}

/** @returns the upstream's URL, always with its port */
export function parseUpstream(value: unknown, report: Report, surroundings: Surroundings): string | undefined {
  if (value === undefined) return undefined;
  const read = readUpstream(value, surroundings);
  return "problem" in read ? report(read.problem) : read.upstream.url;
}

/** An id in a database: what it says is compared, never shown to anybody's customers. */
export function parseOwner(value: unknown, report: Report): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" && /^[\x21-\x7e]{1,100}$/.test(value)
    ? value
    : report("must be your own id of the customer: 1 to 100 letters, digits and signs without spaces, in quotes");
}
