import { createHash, createPrivateKey, createPublicKey, type KeyObject, type X509Certificate } from "node:crypto";
import { isSealed, parseEnvelope } from "./envelope";

/** SHA-256 of a public key's SubjectPublicKeyInfo, hex: the same for a private key and for every certificate made for it. */
export const publicKeyId = (publicKey: KeyObject): string =>
  createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");

/**
 * Of a private key as it is stored, sealed or in PEM. Nothing is opened for it: the id stands on the envelope, bound to what is in it.
 * @throws where the key is neither
 */
export function idOfKey(key: string): string {
  // By way of the private key: a certificate, too, would give a public one.
  return isSealed(key) ? parseEnvelope(key, "").id : publicKeyId(createPublicKey(createPrivateKey(key)));
}

export const idOfCertificate = (certificate: X509Certificate): string => publicKeyId(certificate.publicKey);
