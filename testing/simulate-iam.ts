import { runSimulation } from "@cloud-copilot/iam-simulate";
import { TEST_PLACE } from "./aws-answers";

/** One AWS call of a role, as IAM sees it. */
export interface AwsCall {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/**
 * Whether a role's policy (and the resource's own, where it has one) allows a call, in the tests' account.
 * Throws when IAM cannot judge it: an unknown action, or a resource that the action does not know, proves nothing.
 */
export async function isAllowed(call: AwsCall, policy: string, resourcePolicy?: string): Promise<boolean> {
  const { accountId } = TEST_PLACE;
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${accountId}:role/tested`,
        action: call.action,
        resource: { resource: call.resource, accountId },
        contextVariables: { ...call.context, "aws:SecureTransport": "true" },
      },
      identityPolicies: [{ name: "policy", policy: JSON.parse(policy) }],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy: JSON.parse(resourcePolicy) }),
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
