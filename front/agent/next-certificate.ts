import { createHash } from "node:crypto";
import * as path from "node:path";
import { CertfrontError } from "../../core/base/errors";
import { leafOf, verifyIssued } from "../../core/certificate/facts";
import type { CertificateSummary, FrontCertificate, FrontItem } from "../../core/record/record";
import type { Tenant } from "../../core/tenant/tenant";
import type { FrontPaths } from "../settings";
import type { ClientFile, HeldCertificate, HeldTenant } from "./held-tenant";
import { checkedName, fileStem, servedNames } from "./policy";
import { sha256 } from "./sha256";

export interface VerifiedCertificate {
  readonly summary: CertificateSummary;
  /** Chain and key. */
  readonly pem: string;
}

/** A certificate ready to be served, with the files that make it so. */
export interface NextCertificate {
  readonly certificate: HeldCertificate;
  readonly files: readonly { readonly file: string; readonly contents: string }[];
}

/**
 * The item's certificate, if it may be served. The store is not trusted: chain, key, names and dates are verified here, and a
 * certificate that was both issued before the one being served and ends before it is refused: a newer one may live shorter. Nothing
 * is kept for a certificate that was revoked.
 * @throws CertfrontError when it must not be served
 */
export function verifiedCertificate(
  stored: FrontCertificate,
  { domain, revoked }: Pick<FrontItem, "domain" | "revoked">,
  held: HeldTenant | undefined,
  now: number,
): VerifiedCertificate {
  const { pem, summary: verified } = verifiedStored(stored, now);
  const served = held?.certificate?.summary;
  const kept = served && !revoked?.includes(served.fingerprint);
  if (kept && verified.notBefore < served.notBefore && verified.notAfter < served.notAfter) {
    const expires = new Date(verified.notAfter).toISOString();
    throw new CertfrontError(
      `The stored certificate of ${domain} was issued before the one being served and expires ${expires}, sooner than it.`,
      { code: "CERTIFICATE_SOONER", tenant: domain, advice: "Renew the tenant; the later one stays served." },
    );
  }
  return { summary: verified, pem };
}

/** @throws CertfrontError when it must not be served */
export function verifiedStored({ chain, key, summary }: FrontCertificate, now: number): VerifiedCertificate {
  const verified = verifyIssued({ chain, key, names: summary.names, ca: summary.ca }, now);
  return { summary: verified, pem: `${chain.trim()}\n${key.trim()}\n` };
}

/**
 * How a certificate is served for a tenant: file, crt-list line, the tenant's CA. undefined when it covers no name of the tenant that
 * is `wanted` (absent: all).
 *
 * Client certificates, and why TLS 1.2: HAProxy resumes a TLS 1.3 session under any name, so one that a tenant's own CA vouched for
 * would pass as verified at every other tenant. A TLS 1.2 session carries its name, which `ssl_fc_sni` gives and every request is held
 * against. `optional` also for `required`: haproxy.cfg answers 403, and the handshake still shows whoever checks which certificate
 * is served.
 */
export function nextCertificate(
  tenant: Tenant,
  verified: VerifiedCertificate,
  paths: FrontPaths,
  wanted?: ReadonlySet<string>,
): NextCertificate | undefined {
  const { summary, pem } = verified;
  const names = servedNames(tenant, summary)
    .filter((name) => wanted?.has(name) ?? true)
    .map(checkedName);
  if (names.length === 0) return undefined;
  const { ca: clientCa, crl: clientCrl } = clientFiles(tenant, paths);
  const crlOption = clientCrl ? ` crl-file ${clientCrl.file}` : "";
  const options = clientCa ? `[verify optional ca-file ${clientCa.file}${crlOption} ssl-max-ver TLSv1.2]` : "";
  const line = sha256([options, ...names].join(" ")).slice(0, 12);
  const certificate: HeldCertificate = {
    summary,
    file: path.join(paths.certificates, `${fileStem(tenant.domain)}~${line}.pem`),
    options,
    names,
    sha1: sha1OfLeaf(pem),
    hash: sha256(pem),
    ...(clientCa && { clientCa: { file: clientCa.file, hash: clientCa.hash } }),
    ...(clientCrl && { clientCrl: { file: clientCrl.file, hash: clientCrl.hash } }),
  };
  return {
    certificate,
    files: [
      { file: certificate.file, contents: pem },
      ...[clientCa, clientCrl].flatMap((one) => (one ? [{ file: one.file, contents: one.pem }] : [])),
    ],
  };
}

/** Of the DER, which is what the PEM holds in base64. */
function sha1OfLeaf(pem: string): string {
  const base64 = leafOf(pem).replace(/-----[A-Z ]+-----|\s/g, "");
  return createHash("sha1").update(Buffer.from(base64, "base64")).digest("hex");
}

interface ClientPem extends ClientFile {
  readonly pem: string;
}

/** The tenant's client CAs and revocation lists, named by what is in them. */
function clientFiles(tenant: Tenant, paths: FrontPaths): { ca?: ClientPem; crl?: ClientPem } {
  const wanted = tenant.clientCertificates;
  if (wanted.mode === "off") return {};
  const file = (text: string, ending: string): ClientPem => {
    const pem = `${text.trim()}\n`;
    const hash = sha256(pem);
    return { file: path.join(paths.clientCas, `${hash.slice(0, 32)}${ending}`), hash, pem };
  };
  return { ca: file(wanted.ca, ".pem"), ...(wanted.crl !== undefined && { crl: file(wanted.crl, ".crl.pem") }) };
}
