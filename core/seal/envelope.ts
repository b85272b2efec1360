import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { CertfrontError } from "../base/errors";

/** What is sealed: tenants' private keys, or the keys of session tickets. A data key of one opens none of the other. */
export type Purpose = "tenant-keys" | "ticket-keys";

/** A data key of KMS, and what makes KMS give it out again. */
export interface DataKey {
  /** 32 bytes. */
  readonly plain: Buffer;
  /** As KMS wrapped it, base64. */
  readonly wrapped: string;
}

/** What KMS is told with a data key: it unwraps it for nothing else, and CloudTrail shows it. */
export interface KeyContext {
  readonly stack: string;
  readonly purpose: Purpose;
  /** Day of the data key, UTC, `2026-11-29`. */
  readonly day: string;
}

/** What lies in the envelope, and whose it is. */
export interface Contents {
  readonly purpose: Purpose;
  /** The tenant's primary domain; empty for what is everybody's. */
  readonly tenant: string;
  /** Public, hex: of a private key the SHA-256 of its public half, of a ticket key its name. */
  readonly id: string;
}

/** A sealed key as it lies in the table, taken apart. */
export interface Envelope extends Pick<Contents, "purpose" | "id"> {
  readonly day: string;
  readonly wrapped: string;
  readonly nonce: Buffer;
  /** Ciphertext and tag. */
  readonly box: Buffer;
}

/** A sealed key that does not open: changed, moved from somewhere else, or not ours. Never a fault of the machine's. */
export class SealError extends CertfrontError {
  override name = "SealError";
  constructor(message: string, tenant: string, cause?: unknown) {
    super(message, {
      code: "KEY_REFUSED",
      tenant: tenant || undefined,
      advice: "Somebody wrote it who is not the issuer, or moved it: find out who; `certfront renew` makes a new key.",
      cause,
    });
  }
}

const NONCE = 12;
const TAG = 16;
const FORM =
  /^certfront-sealed:1:(tenant-keys|ticket-keys):(\d{4}-\d{2}-\d{2}):([0-9a-f]{32,64}):([A-Za-z0-9+/=]{16,8192}):([A-Za-z0-9+/=]{16}):([A-Za-z0-9+/=]{24,16384})$/;

export const isSealed = (key: string): boolean => key.startsWith("certfront-sealed:");

/** AES-256-GCM under a nonce of its own; whose it is, is bound to it (NIST SP 800-38D: up to 2^32 messages a key with random nonces). */
export function seal(text: string, contents: Contents, day: string, dataKey: DataKey): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", dataKey.plain, nonce).setAAD(bound(contents, day));
  const box = Buffer.concat([cipher.update(Buffer.from(text)), cipher.final(), cipher.getAuthTag()]).toString("base64");
  const { purpose, id } = contents;
  return ["certfront-sealed", 1, purpose, day, id, dataKey.wrapped, nonce.toString("base64"), box].join(":");
}

/** @throws SealError where it is none */
export function parseEnvelope(sealed: string, tenant: string): Envelope {
  const [, purpose, day = "", id = "", wrapped = "", nonce = "", box = ""] = FORM.exec(sealed) ?? [];
  const written = [wrapped, nonce, box].every((text) => Buffer.from(text, "base64").toString("base64") === text);
  if ((purpose !== "tenant-keys" && purpose !== "ticket-keys") || !written) {
    throw new SealError("The stored key is neither a sealed one nor in PEM.", tenant);
  }
  return { purpose, day, id, wrapped, nonce: Buffer.from(nonce, "base64"), box: Buffer.from(box, "base64") };
}

/** @throws SealError where the envelope was changed, or is another tenant's, purpose's or day's */
export function open(envelope: Envelope, tenant: string, plainDataKey: Buffer): string {
  const { nonce, box, day } = envelope;
  try {
    const decipher = createDecipheriv("aes-256-gcm", plainDataKey, nonce, { authTagLength: TAG })
      .setAAD(bound({ ...envelope, tenant }, day))
      .setAuthTag(box.subarray(-TAG));
    return Buffer.concat([decipher.update(box.subarray(0, -TAG)), decipher.final()]).toString();
  } catch (error) {
    throw new SealError("The stored key was changed, or was sealed for another tenant or certificate.", tenant, error);
  }
}

function bound({ purpose, tenant, id }: Contents, day: string): Buffer {
  return Buffer.from(JSON.stringify(["certfront-sealed", 1, purpose, day, tenant, id]));
}
