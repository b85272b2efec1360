import type { AwsClient } from "./client";

/** What KMS binds a data key to, and shows in CloudTrail. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * A new data key of 256 bits under a KMS key.
 * @param keyId ARN
 * @throws AwsError
 */
export async function generateDataKey(
  kms: AwsClient,
  keyId: string,
  context: EncryptionContext,
): Promise<{ readonly plain: Buffer; readonly wrapped: string }> {
  const { Plaintext, CiphertextBlob } = await kms.call("GenerateDataKey", {
    KeyId: keyId,
    KeySpec: "AES_256",
    EncryptionContext: context,
  });
  return { plain: Buffer.from(String(Plaintext), "base64"), wrapped: String(CiphertextBlob) };
}

/**
 * A data key that was wrapped under this KMS key and context, and none other.
 * @throws AwsError `IncorrectKeyException` or `InvalidCiphertextException` where it was not
 */
export async function unwrapDataKey(
  kms: AwsClient,
  keyId: string,
  wrapped: string,
  context: EncryptionContext,
): Promise<Buffer> {
  const { Plaintext } = await kms.call("Decrypt", {
    KeyId: keyId,
    CiphertextBlob: wrapped,
    EncryptionContext: context,
  });
  return Buffer.from(String(Plaintext), "base64");
}
