import { generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";
import { bitString, context, integer, NULL, octets, oid, sequence, set } from "./der";
import type { KeyType } from "./tenant";

/** A new private key (PKCS #8) and the request that asks a CA to certify it; both PEM. */
export interface KeyAndCsr {
  readonly key: string;
  readonly csr: string;
}

const generate = promisify(generateKeyPair);

const SIGNATURE_ALGORITHM: Record<KeyType, Buffer> = {
  "ecdsa-p256": sequence(oid("1.2.840.10045.4.3.2")),
  "rsa-2048": sequence(oid("1.2.840.113549.1.1.11"), NULL),
};

/**
 * A fresh key with its certificate request (RFC 2986) for these DNS names. The subject is empty: names live in the
 * subjectAltName extension, and a common name longer than 64 characters could not be encoded at all.
 */
export async function newKeyAndCsr(names: readonly string[], keyType: KeyType): Promise<KeyAndCsr> {
  const { privateKey, publicKey } =
    keyType === "rsa-2048"
      ? await generate("rsa", { modulusLength: 2048 })
      : await generate("ec", { namedCurve: "P-256" });

  const altNames = sequence(...names.map((name) => context(2, false, Buffer.from(name))));
  const extensions = sequence(sequence(oid("2.5.29.17"), octets(altNames)));
  const extensionRequest = sequence(oid("1.2.840.113549.1.9.14"), set(extensions));
  const info = sequence(
    integer(Buffer.from([0])),
    sequence(),
    publicKey.export({ type: "spki", format: "der" }),
    context(0, true, extensionRequest),
  );
  const signature = sign("sha256", info, privateKey);
  const request = sequence(info, SIGNATURE_ALGORITHM[keyType], bitString(signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    csr: pem("CERTIFICATE REQUEST", request),
  };
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`;
}
