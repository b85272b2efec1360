import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  context,
  contextPrimitive,
  element,
  integer,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  set,
  utf8,
} from "../../../core/base/der";
import { signatureAlgorithm, subjectAltName } from "../../../core/certificate/csr";

/** A CA that lives as long as this process, for servers and certificates on this machine only. */
export interface ThrowawayCa {
  /** Its certificate, PEM. */
  readonly certificate: string;
  /** A certificate for the names, with a new P-256 key unless a public key is given. Times in ms since the epoch. */
  issue(names: readonly string[], options?: IssueOptions): { certificate: string; key: string };
}

export interface IssueOptions {
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** SPKI PEM; then `key` is empty, for its owner has it. */
  readonly publicKey?: string;
  /** What it is good for; `server` where absent. The first name is a client's own. */
  readonly usage?: keyof typeof USAGES;
}

/** Extended key usages (RFC 5280 §4.2.1.12). */
const USAGES = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };

const HOUR = 3_600_000;

export function createThrowawayCa(commonName = "certfront throw-away CA"): ThrowawayCa {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = distinguishedName(commonName);
  const keyId = keyIdentifier(keys.publicKey);
  const certificateOf = (
    subject: Buffer,
    publicKey: KeyObject,
    notBefore: number,
    notAfter: number,
    extensions: Buffer[],
  ) => {
    const tbs = sequence(
      context(0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
      signatureAlgorithm(keys.privateKey),
      issuer,
      sequence(time(notBefore), time(notAfter)),
      subject,
      publicKey.export({ type: "spki", format: "der" }),
      context(3, sequence(...extensions)),
    );
    return pem(
      "CERTIFICATE",
      sequence(tbs, signatureAlgorithm(keys.privateKey), bitString(sign("sha256", tbs, keys.privateKey))),
    );
  };
  const now = Date.now();
  return {
    certificate: certificateOf(issuer, keys.publicKey, now - HOUR, now + 3650 * 24 * HOUR, [
      extension("2.5.29.19", sequence(boolean(true)), true),
      extension("2.5.29.15", element(0x03, Buffer.from([1, 0x06])), true),
      extension("2.5.29.14", octetString(keyId)),
    ]),
    issue(names, options = {}) {
      const own = options.publicKey === undefined ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : undefined;
      const publicKey = own?.publicKey ?? createPublicKey(options.publicKey ?? "");
      const notBefore = options.notBefore ?? now - HOUR;
      const notAfter = options.notAfter ?? notBefore + 90 * 24 * HOUR;
      const extensions = [
        alternativeNames(names),
        extension("2.5.29.35", sequence(contextPrimitive(0, keyId))),
        extension("2.5.29.19", sequence(), true),
        extension("2.5.29.37", sequence(objectIdentifier(USAGES[options.usage ?? "server"]))),
      ];
      return {
        certificate: certificateOf(distinguishedName(names[0] ?? ""), publicKey, notBefore, notAfter, extensions),
        key: own?.privateKey.export({ type: "pkcs8", format: "pem" }).toString() ?? "",
      };
    },
  };
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8(commonName.slice(0, 64)))));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** DNS names, and IPv4 addresses for servers on this machine. */
function alternativeNames(names: readonly string[]): Buffer {
  const addresses = names.filter((name) => /^[\d.]+$/.test(name));
  if (addresses.length === 0) return subjectAltName(names);
  const entries = names.map((name) =>
    addresses.includes(name)
      ? contextPrimitive(7, Buffer.from(name.split(".").map(Number)))
      : contextPrimitive(2, Buffer.from(name)),
  );
  return extension("2.5.29.17", sequence(...entries));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

/** GeneralizedTime holds every year; UTCTime only those until 2049 (RFC 5280 wants it there). */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  return ms < Date.UTC(2050, 0) ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits));
}
