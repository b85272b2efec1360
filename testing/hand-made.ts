import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import * as der from "../core/base/der";
import { signatureAlgorithm } from "../core/certificate/csr";

interface Parts {
  /** Common names. */
  readonly subject?: string;
  readonly issuer?: string;
  /** Default: a key of its own. */
  readonly publicKey?: KeyObject;
  readonly signer?: KeyObject;
  /** As DER; undefined: of a version that has none. */
  readonly extensions?: readonly Buffer[] | undefined;
}

export const newPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A certificate such as no CA would make, of serial number 5, for the year 2026, in PEM. */
export function handMade({ subject = "subject", issuer = "issuer", extensions, ...keys }: Parts): string {
  const own = newPair();
  const { publicKey, signer } = { publicKey: own.publicKey, signer: own.privateKey, ...keys };
  const tbs = der.sequence(
    ...(extensions ? [der.context(0, der.integer(Buffer.from([2])))] : []),
    der.integer(Buffer.from([5])),
    signatureAlgorithm(signer),
    named(issuer),
    der.sequence(...["260101000000Z", "270101000000Z"].map((at) => der.element(0x17, Buffer.from(at)))),
    named(subject),
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions ? [der.context(3, der.sequence(...extensions))] : []),
  );
  const signature = der.bitString(sign("sha256", tbs, signer));
  return der.pem("CERTIFICATE", der.sequence(tbs, signatureAlgorithm(signer), signature));
}

const named = (commonName: string): Buffer =>
  der.sequence(der.set(der.sequence(der.objectIdentifier("2.5.4.3"), der.utf8(commonName))));
