import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../naming/policy";
import type { FrontFleetArgs } from "./args";

/** What a front may do: read what it serves, say how it is. It reaches no account key and no order. */
export function frontStatements(
  { store, agent, size }: Pick<FrontFleetArgs, "store" | "agent" | "size">,
  logGroupArn: pulumi.Output<string>,
): Statement[] {
  return [
    ...store.access({
      batchGet: ["fronts"],
      put: ["heartbeats"],
      delete: ["heartbeats"],
      transient: { get: ["tickets", "rings"], put: ["rings"] },
      indexes: ["revision"],
    }),
    { Sid: "AgentBundle", Effect: "Allow", Action: ["s3:GetObject"], Resource: agent.arn },
    {
      Sid: "OwnLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: pulumi.interpolate`${logGroupArn}:*`,
    },
    ...(size.sessionManager ? [SESSION_MANAGER] : []),
  ];
}

/**
 * Session Manager and nothing else of Systems Manager: AWS' own AmazonSSMManagedInstanceCore would let a front read every
 * parameter of the account. These calls know no resources.
 */
const SESSION_MANAGER: Statement = {
  Sid: "SessionManager",
  Effect: "Allow",
  Action: [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  Resource: "*",
};
