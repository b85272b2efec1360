import * as http from "node:http";
import type { AddressInfo } from "node:net";

export interface InstanceIdentity {
  readonly instanceId: string;
  readonly region: string;
  /** Name of the role in the instance profile. */
  readonly role: string;
}

const HOUR = 3_600_000;
/** Issued to whoever asks, required on every read: there is no IMDSv1 here either. */
const TOKEN = "local-metadata-token";

/** The instance metadata service (IMDSv2) of one front: who it is, and its role's credentials. */
export async function startInstanceMetadata(
  identity: InstanceIdentity,
): Promise<{ endpoint: string; close(): Promise<void> }> {
  const documents = metadata(identity);
  const server = http.createServer((request, response) => {
    const path = (request.url ?? "/").replace(/\/$/, "");
    if (request.method === "PUT" && path === "/latest/api/token") {
      response.setHeader("x-aws-ec2-metadata-token-ttl-seconds", "21600");
      response.end(TOKEN);
      return;
    }
    const document = documents[path];
    const authorised = request.headers["x-aws-ec2-metadata-token"] === TOKEN;
    response.statusCode = authorised ? (document === undefined ? 404 : 200) : 401;
    response.end(authorised ? document?.() : undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function metadata({ instanceId, region, role }: InstanceIdentity): Record<string, () => string> {
  const credentials = () =>
    JSON.stringify({
      Code: "Success",
      Type: "AWS-HMAC",
      LastUpdated: new Date().toISOString(),
      Expiration: new Date(Date.now() + 6 * HOUR).toISOString(),
      AccessKeyId: `${role}:${instanceId}`,
      SecretAccessKey: "local",
      Token: "local",
    });
  return {
    "/latest/meta-data/instance-id": () => instanceId,
    "/latest/meta-data/placement/region": () => region,
    "/latest/meta-data/placement/availability-zone": () => `${region}a`,
    "/latest/meta-data/iam/security-credentials": () => role,
    [`/latest/meta-data/iam/security-credentials/${role}`]: credentials,
    "/latest/dynamic/instance-identity/document": () => JSON.stringify({ instanceId, region }),
  };
}
