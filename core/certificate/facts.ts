import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { isoTime, MINUTE } from "../base/clock";
import { CertfrontError } from "../base/errors";
import type { CertificateSummary } from "../record/record";
import { isSealed } from "../seal/envelope";
import { idOfCertificate, idOfKey } from "../seal/key-id";
import { ariId } from "./ari-id";

/** What a CA handed out is not what was ordered. It is never stored, and the one being served stays. */
export class BadCertificateError extends CertfrontError {
  override name = "BadCertificateError";
  constructor(message: string) {
    super(message, { code: "BAD_CERTIFICATE", advice: "Nothing to do: the certificate was thrown away." });
  }
}

export interface IssuedCertificate {
  /** PEM, leaf first. */
  readonly chain: string;
  /** PEM, or sealed: the issuer knows it by its public half. */
  readonly key: string;
  /** Exactly the names ordered. */
  readonly names: readonly string[];
  /** Name of the CA in the stack's list. */
  readonly ca: string;
}

/** CAs' clocks run ahead of ours by seconds; more than this is an error. */
const CLOCK_SKEW = 5 * MINUTE;
/**
 * Characters. Fronts hand chain and key to HAProxy in one command, of which its socket takes 16,384 bytes (`tune.bufsize`), and a key of
 * RSA 2048 has 1,704. Twenty-five of the longest names and two intermediates fit.
 */
const LONGEST_CHAIN = 14_000;

/**
 * Checks an issued certificate before it is stored: the chain links up signature by signature, the key belongs to the
 * leaf, the names are those ordered, it is valid now, and no intermediate ends before it.
 * @throws BadCertificateError
 */
export function verifyIssued(issued: IssuedCertificate, now: number): CertificateSummary {
  const chain = parseChain(issued.chain);
  const [leaf] = chain;
  if (!leaf) throw new BadCertificateError("The chain holds no certificate.");

  chain.forEach((subject, position) => {
    const issuer = chain[position + 1];
    if (issuer && !(subject.checkIssued(issuer) && subject.verify(issuer.publicKey))) {
      throw new BadCertificateError(`Certificate ${position + 1} of the chain is not signed by the one after it.`);
    }
  });
  if (!isFor(issued.key, leaf)) {
    throw new BadCertificateError("The certificate is not for the key that was generated for it.");
  }
  const summary = summarise(leaf, issued.ca);
  if ([...summary.names].sort().join() !== [...issued.names].sort().join()) {
    throw new BadCertificateError(
      `The certificate is for ${summary.names.join(", ") || "no name"}, ordered was ${issued.names.join(", ")}.`,
    );
  }
  // Written so that a date which is none is no good either.
  if (!(summary.notBefore <= now + CLOCK_SKEW && summary.notAfter > now)) {
    throw new BadCertificateError(
      `The certificate is valid from ${isoTime(summary.notBefore)} to ${isoTime(summary.notAfter)}, which is not now.`,
    );
  }
  // Clients that check the whole chain would refuse the site on the day that the first of these ends.
  const short = chain.find((issuer) => Date.parse(issuer.validTo) < summary.notAfter);
  if (short) {
    throw new BadCertificateError(
      `An intermediate of the chain ends on ${utc(short.validTo)}, before the certificate does (${utc(leaf.validTo)}).`,
    );
  }
  return summary;
}

/**
 * Checks that fronts can take the chain from one second to the next. Not of what is stored already: a longer one is served as well, from
 * a front's start on.
 * @throws BadCertificateError
 */
export function checkChainLength(chain: string): void {
  if (chain.length > LONGEST_CHAIN)
    throw new BadCertificateError(`The chain has ${chain.length} characters, of which fronts take ${LONGEST_CHAIN}.`);
}

function isFor(key: string, leaf: X509Certificate): boolean {
  return isSealed(key) ? idOfKey(key) === idOfCertificate(leaf) : leaf.checkPrivateKey(createPrivateKey(key));
}

const utc = (text: string): string => isoTime(Date.parse(text));

/** The facts of a leaf that are kept with the tenant. Names are in the order of the certificate. */
function summarise(leaf: X509Certificate, ca: string): CertificateSummary {
  const certId = ariId(leaf);
  return {
    serial: leaf.serialNumber.toLowerCase(),
    fingerprint: createHash("sha256").update(leaf.raw).digest("hex"),
    names: (leaf.subjectAltName ?? "")
      .split(", ")
      .filter((name) => name.startsWith("DNS:"))
      .map((name) => name.slice("DNS:".length).toLowerCase()),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    ca,
    ...(certId !== undefined && { ariId: certId }),
  };
}

/** The first certificate of a PEM chain, as PEM. */
export function leafOf(chain: string): string {
  return chain.match(PEM_CERTIFICATE)?.[0] ?? "";
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

function parseChain(chain: string): X509Certificate[] {
  try {
    return (chain.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem));
  } catch (error) {
    throw new BadCertificateError(`The chain cannot be read: ${String(error)}`);
  }
}
