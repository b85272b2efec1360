import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CertfrontError } from "../core/base/errors";
import type { Store } from "../core/record/store";
import { DynamoStore } from "../store/dynamo-store";
import { readerOf } from "./reader";
import type { Target } from "./target";

/** What status may read. The CLI has no use for more, and the local stack grants no more. */
export type StatusStore = Pick<Store, "tenant" | "listTenants" | "servedState" | "heartbeats" | "skippedHeartbeats">;

/** SDK settings for one of the local stack's endpoints, or for AWS with the SDK's own credentials. */
export function clientSettings(target: Target, endpoint: string | undefined) {
  return {
    ...(target.region ? { region: target.region } : {}),
    ...(target.local && endpoint ? { endpoint, credentials: target.local.operator } : {}),
  };
}

/** The table, opened for reading, as the stack's console role where the caller may be that. */
export function openStore(
  target: Target,
  reader = target.local ? undefined : readerOf(target).credentials,
): StatusStore {
  const { table } = target;
  if (!table) throw missing("the table", "--table NAME");
  const endpoint = target.local?.dynamodb.endpoint;
  // A person's credentials and region can come from many places, all of which the SDK knows.
  const { region, credentials } = new LambdaClient(clientSettings(target, endpoint)).config;
  return new DynamoStore(table, { region, credentials: reader ?? credentials, endpoint });
}

/** Runs one operation of the issuer and returns its answer. Throws CertfrontError with what the issuer said. */
export async function invokeIssuer(target: Target, event: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { issuer } = target;
  if (!issuer) throw missing("the issuer", "--issuer NAME");
  // One try: an operation that timed out here may well have been done there.
  const client = new LambdaClient({ ...clientSettings(target, target.local?.lambda), maxAttempts: 1 });
  const answer = await client.send(new InvokeCommand({ FunctionName: issuer, Payload: JSON.stringify(event) }));
  const body: unknown = answer.Payload?.length ? JSON.parse(Buffer.from(answer.Payload).toString("utf8")) : undefined;
  if (!answer.FunctionError) return body;
  const { errorMessage } = (body ?? {}) as { errorMessage?: string };
  throw new CertfrontError(errorMessage ?? `The issuer failed (${answer.FunctionError}) and gave no reason.`, {
    code: "ISSUER",
    advice: "The issuer's log has the whole story: its log group in CloudWatch, or .local/ for the local stack.",
  });
}

function missing(what: string, option: string): CertfrontError {
  return new CertfrontError(`This command needs ${what}.`, { code: "USAGE", advice: `Name it: ${option}.` });
}
