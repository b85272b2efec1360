import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "./credentials";

export interface UnsignedRequest {
  readonly method: string;
  readonly host: string;
  readonly region: string;
  /** The service's name in signatures, such as `dynamodb`. */
  readonly service: string;
  /** As it is sent, percent-encoded; no query. */
  readonly path: string;
  /** Names in lower case; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The last signing key; it is good for a day and a secret. */
let signingKey: { readonly of: string; readonly key: Buffer } | undefined;

/**
 * The request's headers with those of its signature (AWS Signature Version 4).
 * @param now ms since the epoch; AWS allows five minutes of difference
 */
export function signRequest(request: UnsignedRequest, credentials: Credentials, now: number): Record<string, string> {
  const { method, host, region, service, path, body } = request;
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const payload = sha256(body);
  const headers: Record<string, string> = {
    ...request.headers,
    host,
    "x-amz-date": time,
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
    ...(service === "s3" && { "x-amz-content-sha256": payload }),
  };
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = sorted.map(([name]) => name).join(";");
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`).join("");
  // S3 signs the path as it is sent, every other service signs it encoded once more.
  const signedPath = service === "s3" ? path : encodePath(path);
  const canonical = `${method}\n${signedPath}\n\n${lines}\n${names}\n${payload}`;
  const key = keyFor(credentials.secretAccessKey, scope);
  const signature = createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
    .digest("hex");
  const credential = `${credentials.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Every segment percent-encoded as AWS wants it (RFC 3986: only letters, digits and `-._~` stay). */
export function encodePath(path: string): string {
  return path
    .split("/")
    .map((segment) =>
      encodeURIComponent(segment).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join("/");
}

function keyFor(secret: string, scope: string): Buffer {
  const of = `${secret}/${scope}`;
  if (signingKey?.of !== of) {
    const hmac = (key: Buffer | string, text: string) => createHmac("sha256", key).update(text).digest();
    const [date = "", region = "", service = "", last = ""] = scope.split("/");
    signingKey = { of, key: hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), last) };
  }
  return signingKey.key;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
