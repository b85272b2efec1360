import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  context,
  contextPrimitive,
  element,
  integer,
  octetString as octets,
  objectIdentifier as oid,
  pem as pemOf,
  sequence,
  set,
  utf8,
} from "../core/base/der";
import type { CertificateSummary } from "../core/record/record";
import type { KeyType } from "../core/tenant/tenant";

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
// Key usage: a bit string without trailing zero bits, as DER wants it.
const DIGITAL_SIGNATURE = element(0x03, Buffer.from([7, 0x80]));
const KEY_CERT_SIGN_AND_CRL_SIGN = element(0x03, Buffer.from([1, 0x06]));
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export interface IssueOptions {
  /** ms; default: an hour ago. */
  readonly notBefore?: number;
  /** ms; default: 90 days after `notBefore`. */
  readonly notAfter?: number;
  readonly keyType?: KeyType;
  /** Bytes that mean nothing, to make it larger. */
  readonly padding?: number;
}

/** What a front item carries, and the leaf alone. */
export interface TestCertificate {
  readonly summary: CertificateSummary;
  /** PEM, leaf then intermediate. */
  readonly chain: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly leaf: string;
}

/** A throw-away CA in this process: root, intermediate, and leaves by the thousand per second. No CA of the outside has its ease. */
export class TestCa {
  /** The root's certificate, PEM: what clients are to trust, or a tenant's own CA for client certificates. */
  readonly root: string;
  private readonly intermediate: string;
  private readonly intermediateKey: KeyObject;
  private readonly rootKey: KeyObject;
  private readonly intermediateName: string;
  private readonly keyId: Buffer;

  constructor(
    readonly name = "test-ca",
    private readonly now: () => number = Date.now,
  ) {
    const from = now() - 365 * DAY;
    const to = now() + 3650 * DAY;
    const root = newKey("ecdsa-p256");
    const intermediate = newKey("ecdsa-p256");
    const rootName = `${name} root`;
    this.intermediateName = `${name} intermediate`;
    this.intermediateKey = intermediate.privateKey;
    this.rootKey = root.privateKey;
    this.keyId = keyIdOf(intermediate.spki);
    const authority = (spki: Buffer, path: Buffer) => [
      extension("2.5.29.19", path, true),
      extension("2.5.29.15", KEY_CERT_SIGN_AND_CRL_SIGN, true),
      extension("2.5.29.14", octets(keyIdOf(spki))),
      extension("2.5.29.35", sequence(contextPrimitive(0, keyIdOf(root.spki)))),
    ];
    const common = { issuer: rootName, signer: root.privateKey, notBefore: from, notAfter: to };
    this.root = pem(
      certificate({
        ...common,
        subject: rootName,
        spki: root.spki,
        extensions: authority(root.spki, sequence(boolean(true))),
      }).der,
    );
    const pathLength = sequence(boolean(true), integer(Buffer.from([0])));
    this.intermediate = pem(
      certificate({
        ...common,
        subject: this.intermediateName,
        spki: intermediate.spki,
        extensions: authority(intermediate.spki, pathLength),
      }).der,
    );
  }

  /** The intermediate, for another program that is to issue in its name: PEM, key in PKCS #8. */
  issuer(): { readonly certificate: string; readonly key: string } {
    const key = this.intermediateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { certificate: this.intermediate, key };
  }

  /** A server certificate for these DNS names, the first one also as its common name. */
  issue(names: readonly string[], options: IssueOptions = {}): TestCertificate {
    const altNames = sequence(...names.map((name) => contextPrimitive(2, Buffer.from(name))));
    return this.leaf(names[0] ?? "", SERVER_AUTH, [extension("2.5.29.17", altNames)], names, options);
  }

  /** A client certificate, as a tenant's own CA would hand out. */
  issueClient(commonName: string, options: IssueOptions = {}): TestCertificate {
    return this.leaf(commonName, CLIENT_AUTH, [], [], options);
  }

  /** Revocation lists of both CAs of the chain (RFC 5280 §5.1), good for a day. PEM. */
  revocationLists(revoked: readonly TestCertificate[]): string {
    const now = wholeSecond(this.now());
    const list = (issuer: string, signer: KeyObject, serials: readonly string[]): string => {
      const entries = serials.map((serial) => sequence(integer(Buffer.from(serial, "hex")), time(now)));
      const tbs = sequence(
        ...[
          integer(Buffer.from([1])),
          ECDSA_WITH_SHA256,
          distinguishedName(issuer),
          time(now - 60_000),
          time(now + DAY),
        ],
        ...(entries.length > 0 ? [sequence(...entries)] : []),
      );
      return pemOf("X509 CRL", sequence(tbs, ECDSA_WITH_SHA256, bitString(sign("sha256", tbs, signer))));
    };
    const serials = revoked.map(({ summary }) => summary.serial);
    return list(this.intermediateName, this.intermediateKey, serials) + list(`${this.name} root`, this.rootKey, []);
  }

  private leaf(
    subject: string,
    usage: string,
    extra: readonly Buffer[],
    names: readonly string[],
    options: IssueOptions,
  ): TestCertificate {
    const { privateKey, spki } = newKey(options.keyType ?? "ecdsa-p256");
    const notBefore = wholeSecond(options.notBefore ?? this.now() - 3_600_000);
    const notAfter = wholeSecond(options.notAfter ?? notBefore + 90 * DAY);
    const crl = Buffer.from(`http://crl.${this.name}.test/1.crl`);
    const leaf = certificate({
      issuer: this.intermediateName,
      signer: this.intermediateKey,
      subject,
      spki,
      notBefore,
      notAfter,
      extensions: [
        extension("2.5.29.19", sequence(), true),
        extension("2.5.29.15", DIGITAL_SIGNATURE, true),
        extension("2.5.29.37", sequence(oid(usage))),
        extension("2.5.29.14", octets(keyIdOf(spki))),
        extension("2.5.29.35", sequence(contextPrimitive(0, this.keyId))),
        extension("2.5.29.31", sequence(sequence(context(0, context(0, contextPrimitive(6, crl)))))),
        ...(options.padding ? [extension("1.3.6.1.4.1.99999.1", octets(Buffer.alloc(options.padding)))] : []),
        ...extra,
      ],
    });
    const leafPem = pem(leaf.der);
    return {
      summary: {
        serial: leaf.serial,
        fingerprint: createHash("sha256").update(leaf.der).digest("hex"),
        names,
        notBefore,
        notAfter,
        ca: this.name,
      },
      chain: leafPem + this.intermediate,
      key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      leaf: leafPem,
    };
  }
}

interface CertificateFields {
  readonly issuer: string;
  readonly subject: string;
  readonly signer: KeyObject;
  readonly spki: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280 §4.1. */
function certificate(fields: CertificateFields): { der: Buffer; serial: string } {
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f); // positive, no leading zero
  const tbs = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    distinguishedName(fields.issuer),
    sequence(time(fields.notBefore), time(fields.notAfter)),
    distinguishedName(fields.subject),
    fields.spki,
    context(3, sequence(...fields.extensions)),
  );
  const signature = sign("sha256", tbs, fields.signer);
  return { der: sequence(tbs, ECDSA_WITH_SHA256, bitString(signature)), serial: serial.toString("hex") };
}

function newKey(type: KeyType): { privateKey: KeyObject; spki: Buffer } {
  const { privateKey, publicKey } =
    type === "rsa-2048"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { privateKey, spki: publicKey.export({ type: "spki", format: "der" }) };
}

/** A common name alone, cut to the 64 characters that X.520 allows. */
const distinguishedName = (commonName: string): Buffer =>
  sequence(set(sequence(oid("2.5.4.3"), utf8(commonName.slice(0, 64)))));

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

const keyIdOf = (spki: Buffer): Buffer => createHash("sha1").update(spki).digest();

const wholeSecond = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

const pem = (der: Buffer): string => pemOf("CERTIFICATE", der);

/** UTCTime to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, "");
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits));
}
