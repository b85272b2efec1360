import { createHash, createPublicKey } from "node:crypto";

/**
 * What an account's URL is remembered under: the directory and the key (its fingerprint). With another key the old URL would
 * be wrong, and a CA's answer to that does not say so.
 * @param accountKey PEM
 */
export function accountName(directory: string, accountKey: string): string {
  const publicKey = createPublicKey(accountKey).export({ type: "spki", format: "der" });
  return `${directory}#${createHash("sha256").update(publicKey).digest("base64url").slice(0, 16)}`;
}
