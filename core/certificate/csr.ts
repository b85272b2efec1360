import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import {
  bitString,
  context,
  contextPrimitive,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  set,
} from "../base/der";
import type { KeyType } from "../tenant/tenant";

const generate = promisify(generateKeyPair);

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SUBJECT_ALT_NAME = "2.5.29.17";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";

/**
 * A new private key (PKCS#8 PEM) and the CSR for it (RFC 2986, PEM). The subject is empty: CAs take the names from the
 * subjectAltName, and a common name could not hold more than 64 characters.
 * @param names A-labels
 */
export async function createKeyAndCsr(
  names: readonly string[],
  keyType: KeyType,
): Promise<{ key: string; csr: string }> {
  const { privateKey, publicKey } =
    keyType === "rsa-2048"
      ? await generate("rsa", { modulusLength: 2048 })
      : await generate("ec", { namedCurve: "P-256" });
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    csr: pem("CERTIFICATE REQUEST", certificationRequest(names, publicKey, privateKey)),
  };
}

/** The AlgorithmIdentifier that `sign("sha256", …, key)` answers to. */
export function signatureAlgorithm(key: KeyObject): Buffer {
  return key.asymmetricKeyType === "rsa"
    ? sequence(objectIdentifier(SHA256_WITH_RSA), nothing())
    : sequence(objectIdentifier(ECDSA_WITH_SHA256));
}

/** The subjectAltName extension (RFC 5280 §4.2.1.6) for DNS names. */
export function subjectAltName(names: readonly string[]): Buffer {
  const dnsNames = names.map((name) => contextPrimitive(2, Buffer.from(name)));
  return sequence(objectIdentifier(SUBJECT_ALT_NAME), octetString(sequence(...dnsNames)));
}

function certificationRequest(names: readonly string[], publicKey: KeyObject, privateKey: KeyObject): Buffer {
  const extensions = sequence(objectIdentifier(EXTENSION_REQUEST), set(sequence(subjectAltName(names))));
  const version = integer(Buffer.from([0]));
  const emptySubject = sequence();
  const info = sequence(
    version,
    emptySubject,
    publicKey.export({ type: "spki", format: "der" }),
    context(0, extensions),
  );
  return sequence(info, signatureAlgorithm(privateKey), bitString(sign("sha256", info, privateKey)));
}
