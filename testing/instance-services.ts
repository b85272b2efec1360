import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { SignatureV4 } from "@smithy/signature-v4";

const CREDENTIALS = { accessKeyId: "ASIAFRONT", secretAccessKey: "front-secret", sessionToken: "front-session" };

/**
 * What an instance finds around it on AWS: the metadata service (IMDSv2 only) with its role's credentials, and S3, which
 * answers requests signed with them only. Stands in for AWS; signatures are checked with the AWS SDK's own signer.
 */
export interface InstanceServices {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_ENDPOINT_URL_S3. */
  readonly endpoint: string;
  /** Objects by `/<bucket>/<key>`. */
  readonly objects: Map<string, Buffer>;
  /** Answer this status to every S3 request. */
  failWith: number | undefined;
  /** `<status> <path>` of every S3 request. */
  readonly s3Requests: string[];
  stop(): Promise<void>;
}

export async function startInstanceServices(region: string): Promise<InstanceServices> {
  const token = "imds-token";
  const server = http.createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "/");
    const answer = (status: number, body: string | Buffer = "") => response.writeHead(status).end(body);
    if (path.startsWith("/latest/")) {
      answer(...metadata(request, path));
      return;
    }
    void signedWithRole(request, region).then((signed) => {
      const object = services.objects.get(path);
      const status = services.failWith ?? (signed ? (object ? 200 : 404) : 403);
      services.s3Requests.push(`${status} ${path}`);
      answer(status, status === 200 ? object : "<Error/>");
    });
  });
  const metadata = (request: http.IncomingMessage, path: string): [number, string] => {
    if (path === "/latest/api/token") return request.method === "PUT" ? [200, token] : [405, ""];
    if (request.headers["x-aws-ec2-metadata-token"] !== token) return [401, ""];
    if (path === "/latest/meta-data/instance-id") return [200, "i-0123456789abcdef0"];
    if (path === "/latest/meta-data/iam/security-credentials/") return [200, "front-role"];
    if (path !== "/latest/meta-data/iam/security-credentials/front-role") return [404, ""];
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = CREDENTIALS;
    const Expiration = new Date(Date.now() + 6 * 3_600_000).toISOString();
    return [
      200,
      JSON.stringify({ Code: "Success", Type: "AWS-HMAC", AccessKeyId, SecretAccessKey, Token, Expiration }),
    ];
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const services: InstanceServices = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    failWith: undefined,
    s3Requests: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return services;
}

async function signedWithRole(request: http.IncomingMessage, region: string): Promise<boolean> {
  const { authorization = "", host = "", ...rest } = request.headers;
  const date = String(rest["x-amz-date"] ?? "");
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const signer = new SignatureV4({
    credentials: CREDENTIALS,
    region,
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  const headers = Object.fromEntries(
    Object.entries({ ...rest, host })
      .filter(([name]) => signed.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
  const at = new Date(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(at.getTime()) || Math.abs(Date.now() - at.getTime()) > 15 * 60_000) return false;
  const expected = await signer.sign(
    { method: request.method ?? "", protocol: "http:", hostname: host, path: request.url ?? "", headers },
    { signingDate: at, signableHeaders: new Set(signed) },
  );
  return expected.headers.authorization === authorization;
}

/** The signer's view of a hash: with a secret, an HMAC. */
class Sha256 {
  private hash: Hash | Hmac;
  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.fresh();
  }
  update(data: Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {
    this.hash = this.fresh();
  }
  private fresh(): Hash | Hmac {
    if (this.secret === undefined) return createHash("sha256");
    return createHmac("sha256", typeof this.secret === "string" ? this.secret : bytes(this.secret));
  }
}

const bytes = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
