import { generateKeyPairSync, sign } from "node:crypto";
import {
  bitString,
  context,
  element,
  integer,
  objectIdentifier as oid,
  pem,
  sequence,
  set,
  utf8,
} from "../../core/base/der";

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = "2.5.4.3";

/**
 * A self-signed certificate for nobody, with its key, as PEM. HAProxy uses the first certificate of a crt-list for more than its
 * line says, so the first one is this; with `strict-sni` no client ever sees it.
 */
export function defaultCertificate(): string {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const name = sequence(set(sequence(oid(COMMON_NAME), utf8("nobody.invalid"))));
  const tbs = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime("250101000000Z"), utcTime("491231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const der = sequence(tbs, ECDSA_WITH_SHA256, bitString(sign("sha256", tbs, privateKey)));
  return pem("CERTIFICATE", der) + privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

const utcTime = (digits: string): Buffer => element(0x17, Buffer.from(digits));
