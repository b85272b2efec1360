import { createPrivateKey } from "node:crypto";

/** Bytes that nobody may read: a private key's numbers, a session ticket's key. */
export interface Secret {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Finding {
  readonly where: string;
  readonly secret: string;
  readonly encoding: string;
}

/** The numbers of a private key that give it away: an EC key's scalar; an RSA key's exponent and primes. */
export function secretsOf(name: string, pem: string): Secret[] {
  const { d, p, q } = createPrivateKey(pem).export({ format: "jwk" });
  return [d, p, q].flatMap((part) => (part === undefined ? [] : [{ name, bytes: Buffer.from(part, "base64url") }]));
}

/** A private key in PEM, also with its line breaks escaped, whosever it is. */
const ANY_PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\+[nr]|\s)*[A-Za-z0-9+/=]{40}/;
/** Long enough for a key in it; what is short is no text of its own. */
const BASE64_RUN = /[A-Za-z0-9+/]{160,}={0,2}/g;
/** A launch template holds user data in base64, which may hold a file in base64. */
const DEPTH = 2;

/**
 * Looks for secrets in PEM, DER, base64 (also url-safe, wrapped, escaped, or of something around it), JWK, hex and raw bytes, and for
 * any private key in PEM.
 * @param where what is searched, for the findings
 */
export function findSecrets(
  where: string,
  contents: Buffer | string,
  secrets: readonly Secret[],
  depth = DEPTH,
): Finding[] {
  const bytes = typeof contents === "string" ? Buffer.from(contents) : contents;
  const text = bytes.toString("latin1");
  const joined = text.replace(/\\+[nr]|\s/g, "");
  const base64 = joined.replaceAll("-", "+").replaceAll("_", "/");
  const hex = joined.replaceAll(":", "").toLowerCase();
  const found: Finding[] = ANY_PEM.test(text) ? [{ where, secret: "a private key", encoding: "PEM" }] : [];
  for (const secret of secrets) {
    const seen = (encoding: string) => found.push({ where, secret: secret.name, encoding });
    if (bytes.includes(secret.bytes)) seen("bytes");
    if (hex.includes(secret.bytes.toString("hex"))) seen("hex");
    if (base64Forms(secret.bytes).some((form) => base64.includes(form))) seen("base64");
  }
  if (depth === 0) return found;
  const inner = [...base64.matchAll(BASE64_RUN)].map(([run]) => Buffer.from(run, "base64"));
  return [...found, ...inner.flatMap((one) => findSecrets(`${where} (in base64)`, one, secrets, depth - 1))];
}

/** How bytes look in the base64 of something around them: by where in a group of three they begin, without the ends that others share. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(before === 0 ? 0 : before + 1, -1);
  });
}
