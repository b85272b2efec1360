import { createHash, createPublicKey } from "node:crypto";

/** Where CAs fetch HTTP-01 answers (RFC 8555 §8.3). */
export const CHALLENGE_PATH = "/.well-known/acme-challenge/";

/**
 * A challenge's token, as the source of a regular expression that HAProxy and JavaScript both read: the base64url alphabet
 * without padding (RFC 8555 §8.3). No CA's token comes near this length.
 */
export const TOKEN_SYNTAX = "[A-Za-z0-9_-]{1,256}";

const TOKEN = new RegExp(`^${TOKEN_SYNTAX}$`);

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** What proves that a challenge is known to the account it was made for (RFC 8555 §8.1). Not secret: only the account's key can use it. */
export function keyAuthorization(token: string, thumbprint: string): string {
  return `${token}.${thumbprint}`;
}

/** The members that count, by key type, in the order of RFC 7638 §3.2. */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
};

/** A thumbprint: SHA-256, base64url (RFC 7638 §3). */
export const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/**
 * The thumbprint of an account's key (RFC 7638).
 * @param key PEM, the public half or the whole; EC or RSA
 * @throws Error for another type of key
 */
export function thumbprintOf(key: string): string {
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const members = THUMBPRINT_MEMBERS[jwk.kty ?? ""];
  if (!members) throw new Error(`An account's key is EC or RSA, not ${jwk.kty}.`);
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return createHash("sha256").update(canonical).digest("base64url");
}
