import { runSimulation } from "@cloud-copilot/iam-simulate";
import { forSimulator } from "../local/aws/encryption-context";
import { TEST_PLACE } from "./aws-answers";

/** One AWS call of a role, as IAM sees it. */
export interface AwsCall {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/**
 * Whether a principal's policy (and the resource's own, where it has one) allows a call, in the tests' account.
 * Throws when IAM cannot judge it: an unknown action, or a resource that the action does not know, proves nothing.
 */
export async function isAllowed(
  call: AwsCall,
  policy: string,
  resourcePolicy?: string,
  principal = `arn:aws:iam::${TEST_PLACE.accountId}:role/tested`,
): Promise<boolean> {
  const { accountId } = TEST_PLACE;
  const result = await runSimulation(
    {
      request: {
        principal,
        action: call.action,
        resource: { resource: call.resource, accountId },
        contextVariables: { ...forSimulator(call.context), "aws:SecureTransport": "true" },
      },
      identityPolicies: [{ name: "policy", policy: forSimulator(JSON.parse(policy)) }],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy: forSimulator(JSON.parse(resourcePolicy)) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === "error") {
    throw new Error(`IAM cannot judge ${call.action} on ${call.resource}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult === "Allowed";
}
