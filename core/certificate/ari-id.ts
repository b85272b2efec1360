import { X509Certificate } from "node:crypto";
import { elements } from "../base/der";

const AUTHORITY_KEY_IDENTIFIER = Buffer.from([0x55, 0x1d, 0x23]);

/**
 * RFC 9773 §4.1: base64url of the authority key identifier, a dot, base64url of the serial number's DER content octets.
 * undefined where the certificate names no authority key; such a certificate has no ARI.
 */
export function ariId(leaf: string | X509Certificate): string | undefined {
  const { raw } = typeof leaf === "string" ? new X509Certificate(leaf) : leaf;
  const [tbs] = elements(only(raw));
  const fields = tbs ? elements(tbs.content) : [];
  const serial = fields.find((field) => field.tag === 0x02)?.content;
  const authority = authorityKeyId(fields.find((field) => field.tag === 0xa3)?.content);
  return serial && authority && `${authority.toString("base64url")}.${serial.toString("base64url")}`;
}

function authorityKeyId(extensions: Buffer | undefined): Buffer | undefined {
  if (extensions === undefined) return undefined;
  for (const extension of elements(only(extensions))) {
    const parts = elements(extension.content);
    const value = parts.at(-1);
    if (value === undefined || !parts[0]?.content.equals(AUTHORITY_KEY_IDENTIFIER)) continue;
    return elements(only(value.content)).find((part) => part.tag === 0x80)?.content;
  }
  return undefined;
}

/** What the single element holds. */
function only(der: Buffer): Buffer {
  return elements(der)[0]?.content ?? Buffer.alloc(0);
}
