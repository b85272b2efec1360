import { X509Certificate } from "node:crypto";
import { type DerElement, elements } from "../base/der";

const AUTHORITY_KEY_IDENTIFIER = Buffer.from([0x55, 0x1d, 0x23]);

/**
 * RFC 9773 §4.1: base64url of the authority key identifier, a dot, base64url of the serial number's DER content octets.
 * undefined where the certificate names no authority key; such a certificate has no ARI.
 */
export function ariId(leaf: string | X509Certificate): string | undefined {
  const { raw } = typeof leaf === "string" ? new X509Certificate(leaf) : leaf;
  const fields = elements(inside(inside(raw)));
  const serial = tagged(fields, 0x02);
  const authority = authorityKeyId(tagged(fields, 0xa3));
  return serial && authority && `${authority.toString("base64url")}.${serial.toString("base64url")}`;
}

function authorityKeyId(extensions: Buffer | undefined): Buffer | undefined {
  if (extensions === undefined) return undefined;
  const isIt = ({ content }: DerElement): boolean => inside(content).equals(AUTHORITY_KEY_IDENTIFIER);
  const found = elements(inside(extensions)).find(isIt);
  // Last, for before it may stand that it is critical.
  const value = found && elements(found.content).at(-1);
  return value && tagged(elements(inside(value.content)), 0x80);
}

const tagged = (fields: readonly DerElement[], tag: number): Buffer | undefined =>
  fields.find((field) => field.tag === tag)?.content;

/** What the first element holds. */
function inside(der: Buffer): Buffer {
  return elements(der)[0]?.content ?? Buffer.alloc(0);
}
