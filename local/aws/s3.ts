import { createHash } from "node:crypto";
import type { Service } from "./api";
import { AwsError } from "./error";
import type { Iam } from "./iam";

/** Objects by `bucket/key`, in memory. */
export class Buckets {
  private readonly objects = new Map<string, Buffer>();

  put(bucket: string, key: string, body: Buffer): void {
    this.objects.set(`${bucket}/${key}`, body);
  }

  /** Every object there is. */
  all(): Buffer[] {
    return [...this.objects.values()];
  }

  get(bucket: string, key: string): Buffer {
    const found = this.objects.get(`${bucket}/${key}`);
    if (found === undefined) throw new AwsError("NoSuchKey", `The specified key does not exist: ${bucket}/${key}`, 404);
    return found;
  }
}

/** S3: GetObject and HeadObject, path style. */
export function s3(iam: Iam, buckets: Buckets): Service {
  return async (call) => {
    const [, bucket = "", key = ""] = /^\/([^/]+)\/(.+)$/.exec(call.path) ?? [];
    if (key === "" || (call.method !== "GET" && call.method !== "HEAD")) {
      throw new AwsError("NotImplemented", `S3: ${call.method} ${call.path} is not answered here.`, 501);
    }
    await iam.authorize(call.role, "s3:GetObject", `arn:aws:s3:::${bucket}/${key}`);
    const body = buckets.get(bucket, key);
    return {
      headers: {
        "content-length": body.length,
        "content-type": "application/octet-stream",
        etag: `"${createHash("md5").update(body).digest("hex")}"`,
      },
      ...(call.method === "GET" ? { body } : {}),
    };
  };
}
