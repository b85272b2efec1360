import { SECOND } from "../../core/base/clock";
import { AwsClient, type AwsOptions } from "./client";
import { endpointOf, namedEndpoint, regionOf, type Service } from "./endpoint";
import { encodePath } from "./sigv4";

export const DYNAMODB: Service = {
  name: "DynamoDB",
  id: "dynamodb",
  variable: "DYNAMODB",
  json: { target: "DynamoDB_20120810", version: "1.0" },
};
export const CLOUDWATCH_LOGS: Service = {
  name: "CloudWatch Logs",
  id: "logs",
  variable: "CLOUDWATCH_LOGS",
  json: { target: "Logs_20140328", version: "1.1" },
};
export const SSM: Service = { name: "SSM", id: "ssm", variable: "SSM", json: { target: "AmazonSSM", version: "1.1" } };
export const KMS: Service = {
  name: "KMS",
  id: "kms",
  variable: "KMS",
  json: { target: "TrentService", version: "1.1" },
};
export const LAMBDA: Service = { name: "Lambda", id: "lambda", variable: "LAMBDA" };
const S3: Service = { name: "S3", id: "s3", variable: "S3" };

/** Lambda answers as soon as it has the event; it repeats by itself what fails. */
export async function invokeLater(lambda: AwsClient, functionName: string, event: object): Promise<void> {
  await lambda.send({
    operation: "Invoke",
    method: "POST",
    path: `/2015-03-31/functions/${encodePath(functionName)}/invocations`,
    headers: { "content-type": "application/json", "x-amz-invocation-type": "Event" },
    body: JSON.stringify(event),
  });
}

/** A SecureString's plain text. */
export async function parameterValue(ssm: AwsClient, name: string): Promise<string> {
  const { Parameter } = await ssm.call("GetParameter", { Name: name, WithDecryption: true });
  return String((Parameter as { Value?: unknown } | undefined)?.Value ?? "");
}

/**
 * A whole object.
 * @throws AwsError
 */
export async function readObject(
  bucket: string,
  key: string,
  options: { readonly endpoint?: string; readonly region?: string } & Pick<AwsOptions, "credentials"> = {},
): Promise<Buffer> {
  const { region = regionOf(), endpoint: named = namedEndpoint(S3) } = options;
  const endpoint = named ? new URL(named) : endpointOf(S3, region);
  // AWS wants the bucket in the host's name (its own certificate covers that); another endpoint may have one name only.
  if (!named) endpoint.hostname = `${bucket}.${endpoint.hostname}`;
  const s3 = new AwsClient(S3, { timeoutMs: 30 * SECOND, ...options, region, endpoint: endpoint.href });
  const path = `${named ? `/${bucket}` : ""}/${encodePath(key)}`;
  return (await s3.send({ operation: "GetObject", method: "GET", path })).body;
}
