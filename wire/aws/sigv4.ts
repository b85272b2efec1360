import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface JsonRequest {
  readonly host: string;
  readonly region: string;
  readonly service: string;
  /** `DynamoDB_20120810.GetItem`. */
  readonly target: string;
  readonly contentType: string;
  readonly body: string;
}

/** The last signing key; it is good for a day and a secret. */
let signingKey: { readonly of: string; readonly key: Buffer } | undefined;

/**
 * The headers of a POST to `/` of an AWS JSON API, signed (AWS Signature Version 4).
 * @param now ms since the epoch; AWS allows five minutes of difference
 */
export function signRequest(request: JsonRequest, credentials: Credentials, now: number): Record<string, string> {
  const { host, region, service, target, contentType, body } = request;
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  // In the order of their names, as the signature wants them.
  const headers: Record<string, string> = {
    "content-type": contentType,
    host,
    "x-amz-date": time,
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
    "x-amz-target": target,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `POST\n/\n\n${lines.join("")}\n${names}\n${sha256(body)}`;
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
