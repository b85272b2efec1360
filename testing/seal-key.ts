import { systemClock } from "../core/base/clock";
import { Opener } from "../core/seal/opener";
import { Sealer } from "../core/seal/sealer";
import { arn } from "../local/aws/account";
import { AwsApi } from "../local/aws/api";
import { AwsError } from "../local/aws/error";
import { Iam } from "../local/aws/iam";
import { kms } from "../local/aws/kms";
import { AwsClient } from "../wire/aws/client";
import { generateDataKey, unwrapDataKey } from "../wire/aws/data-keys";
import { KMS } from "../wire/aws/services";

const REGION = "eu-west-1";
const ROLES = ["issuer", "front"];

export type SealKey = Awaited<ReturnType<typeof startSealKey>>;

/** The stand-in KMS by itself, with a key that an issuer may seal under and a front may open with: what fronts of a harness need of AWS. */
export async function startSealKey(stack = "test") {
  const iam = new Iam();
  for (const role of ROLES) iam.createRole(role);
  const key = arn("kms", REGION, "key/seal");
  const other = arn("kms", REGION, "key/other");
  const may = (role: string, Action: string) => ({
    Effect: "Allow",
    Principal: { AWS: arn("iam", "", `role/${role}`) },
    Action,
    Resource: "*",
    Condition: { StringEquals: { "kms:EncryptionContext:stack": stack } },
  });
  const policy = {
    Version: "2012-10-17",
    Statement: [may("issuer", "kms:GenerateDataKey"), may("front", "kms:Decrypt")],
  };
  for (const one of [key, other]) iam.attachToResource(one, policy);
  const calls: string[] = [];
  let down: string | undefined;
  const service = kms(iam, REGION);
  const api = new AwsApi();
  api.serve("kms", async (call) => {
    calls.push(call.operation);
    if (down) throw new AwsError(down, "as the test wants it", 400);
    return service(call);
  });
  const endpoint = await api.listen();
  const as = (accessKeyId: string) =>
    new AwsClient(KMS, { endpoint, region: REGION, credentials: { accessKeyId, secretAccessKey: "local" } });
  const [client, front] = [as("issuer"), as("front")];
  const sealer = (under = key) =>
    new Sealer(stack, (context) => generateDataKey(client, under, { ...context }), systemClock);
  return {
    key,
    /** Operations asked for so far. */
    calls,
    /** What a front needs to open. */
    environment: { AWS_ENDPOINT_URL_KMS: endpoint, AWS_ACCESS_KEY_ID: "front" },
    /** What an issuer needs to seal. */
    sealing: { AWS_ENDPOINT_URL_KMS: endpoint, AWS_ACCESS_KEY_ID: "issuer" },
    sealer: sealer(),
    /** A data key of its own, as a process of the issuer gets one. */
    dataKey: (day: string) => generateDataKey(client, key, { stack, purpose: "tenant-keys", day }),
    /** As of another process of the issuer: with a data key of its own. */
    newSealer: () => sealer(),
    /** Seals under a key of somebody else's. */
    foreign: sealer(other),
    /** As of another front. */
    opener: () => new Opener(stack, (wrapped, context) => unwrapDataKey(front, key, wrapped, { ...context })),
    /** From now on every call is refused so; undefined: answered. */
    refuse: (type: string | undefined) => {
      down = type;
    },
    close: () => api.close(),
  };
}
