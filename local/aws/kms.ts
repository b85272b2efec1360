import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { arn } from "./account";
import type { ApiCall, Service } from "./api";
import { json, jsonBody } from "./api";
import { AwsError } from "./error";
import type { Iam, RequestContext } from "./iam";

const DATA_KEY_BYTES = 32;
const NONCE = 12;
const TAG = 16;

/**
 * A stand-in for KMS: data keys under the program's keys. It asks the key's own policy about every call, wraps for real (AES-256-GCM under
 * a key of this process, the encryption context bound to it) and refuses another context or key as KMS does. Of its operations it has the
 * two that certfront calls.
 */
export function kms(iam: Iam, region: string): Service {
  const keys = new Map<string, Buffer>();
  const wrappingKey = (keyArn: string): Buffer => {
    const key = keys.get(keyArn) ?? randomBytes(DATA_KEY_BYTES);
    keys.set(keyArn, key);
    return key;
  };
  return async (call) => {
    const { KeyId, EncryptionContext = {}, CiphertextBlob } = jsonBody(call);
    const keyArn = String(KeyId).startsWith("arn:") ? String(KeyId) : arn("kms", region, `key/${KeyId}`);
    const context = EncryptionContext as Readonly<Record<string, string>>;
    await authorize(iam, call, keyArn, context);
    switch (call.operation) {
      case "GenerateDataKey": {
        const plain = randomBytes(DATA_KEY_BYTES);
        const wrapped = wrap(plain, keyArn, wrappingKey(keyArn), context);
        return json({ KeyId: keyArn, Plaintext: plain.toString("base64"), CiphertextBlob: wrapped.toString("base64") });
      }
      case "Decrypt": {
        const wrapped = Buffer.from(String(CiphertextBlob), "base64");
        const plain = unwrap(wrapped, keyArn, wrappingKey(keyArn), context);
        return json({ KeyId: keyArn, Plaintext: plain.toString("base64") });
      }
      default:
        throw new AwsError("UnknownOperationException", `KMS: ${call.operation} is not answered here.`);
    }
  };
}

function authorize(iam: Iam, call: ApiCall, keyArn: string, context: Readonly<Record<string, string>>): Promise<void> {
  const told: RequestContext = {
    ...Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    "kms:EncryptionContextKeys": Object.keys(context),
  };
  return iam.authorize(call.role, `kms:${call.operation}`, keyArn, told);
}

/** Which key it is under stands in front, as in KMS' own blobs. */
function wrap(plain: Buffer, keyArn: string, key: Buffer, context: Readonly<Record<string, string>>): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound(context));
  const name = Buffer.from(keyArn);
  return Buffer.concat([
    Buffer.from([name.length]),
    name,
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

function unwrap(blob: Buffer, keyArn: string, key: Buffer, context: Readonly<Record<string, string>>): Buffer {
  const start = 1 + (blob[0] ?? 0);
  if (blob.length !== start + NONCE + DATA_KEY_BYTES + TAG) throw new AwsError("InvalidCiphertextException", "");
  if (blob.subarray(1, start).toString() !== keyArn) {
    throw new AwsError(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  }
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(start, start + NONCE), { authTagLength: TAG })
      .setAAD(bound(context))
      .setAuthTag(blob.subarray(-TAG));
    return Buffer.concat([decipher.update(blob.subarray(start + NONCE, -TAG)), decipher.final()]);
  } catch {
    throw new AwsError("InvalidCiphertextException", "");
  }
}

/** In any order, as KMS takes it. */
function bound(context: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
