import { createHash } from "node:crypto";
import { elements } from "../../core/base/der";
import { revocationsOf } from "../../core/tenant/crl";
import type { ClientCertificates } from "../../core/tenant/tenant";
import type { Guest } from "./guests";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Whose client certificate counts no more after a change of CAs or revocation lists, as far as it can be told from what a front notes
 * of a guest. In doubt it is withdrawn: without one of the CAs, any may have been its; and a list of another issuer than the
 * certificate's own may have taken out a CA in between.
 * @returns undefined where nothing was withdrawn: a CA more, a list renewed
 */
export function withdrawnBy(
  before: ClientCertificates,
  after: ClientCertificates,
): ((guest: Pick<Guest, "serial" | "issuer">) => boolean) | undefined {
  if (before.mode === "off" || after.mode === "off") return undefined;
  const kept = new Set(after.ca.match(CERTIFICATE));
  if ((before.ca.match(CERTIFICATE) ?? []).some((one) => !kept.has(one))) return () => true;

  const listed = ({ crl = "" }: typeof before) =>
    revocationsOf(crl).flatMap(({ issuer, serials }) => serials.map((serial) => ({ issuer, serial })));
  const known = new Set(listed(before).map(({ issuer, serial }) => `${issuer} ${serial}`));
  const fresh = listed(after)
    .filter(({ issuer, serial }) => !known.has(`${issuer} ${serial}`))
    .map(({ issuer, serial }) => ({ issuer: nameHash(issuer), serial: hash(Buffer.from(serial, "hex")) }));
  if (fresh.length === 0) return undefined;
  const issuers = new Set(fresh.map(({ issuer }) => issuer));
  const serials = new Set(fresh.map(({ serial }) => serial));
  return (guest) => serials.has(guest.serial) || issuers.size > 1 || !issuers.has(guest.issuer);
}

/** OpenSSL's short names of what a CA's name is made of, by object identifier in hex. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  "550403": "CN",
  "550404": "SN",
  "550405": "serialNumber",
  "550406": "C",
  "550407": "L",
  "550408": "ST",
  "550409": "street",
  "55040a": "O",
  "55040b": "OU",
  "55040c": "title",
  "55042a": "GN",
  "550461": "organizationIdentifier",
  "0992268993f22c640101": "UID",
  "0992268993f22c640119": "DC",
  "2a864886f70d010901": "emailAddress",
};

/** Of a name as HAProxy's `ssl_c_i_dn` writes it: `/C=FR/CN=…`, values as they are encoded. undefined: it has an attribute not known here. */
function nameHash(issuer: string): string | undefined {
  const parts: Buffer[] = [];
  for (const set of elements(Buffer.from(issuer, "hex"))) {
    for (const attribute of elements(set.content)) {
      const [type, value] = elements(attribute.content);
      const name = ATTRIBUTES[type?.content.toString("hex") ?? ""];
      if (name === undefined || value === undefined) return undefined;
      parts.push(Buffer.from(`/${name}=`), value.content);
    }
  }
  return hash(Buffer.concat(parts));
}

const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
