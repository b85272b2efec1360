import * as iam from "@pulumi/aws/iam";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../data/store";
import type { Common } from "../naming/common";
import { NAME_LIMITS, namePrefix, pathOf } from "../naming/names";
import { arnOf } from "../naming/place";
import { policyDocument, type Statement, trustAccount } from "../naming/policy";

export interface AccessArgs {
  readonly common: Common;
  readonly store: Store;
  /** Physical name. */
  readonly dashboardName: pulumi.Input<string>;
  /** What commands and the console go by, but for the role (docs/contracts.md, "The stack's outputs"). */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * How people reach the stack with AWS credentials and its name alone: one parameter says where everything is, and one role may read what status and
 * the console show, and no certificate or key.
 */
export class Access extends pulumi.ComponentResource {
  readonly consoleRoleArn: pulumi.Output<string>;

  constructor(name: string, args: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Access", name, {}, opts);
    const { common } = args;
    const { place, tags } = common;

    const role = new iam.Role(
      `${name}-console-role`,
      {
        namePrefix: namePrefix(`${name}-console`, NAME_LIMITS.rolePrefix),
        description: `certfront ${common.stack}: reads what status and the console show`,
        // Whom the account lets assume it is for the account's own policies to say.
        assumeRolePolicy: trustAccount(place),
        tags,
      },
      { parent: this },
    );
    new iam.RolePolicy(
      `${name}-console-policy`,
      { role: role.id, policy: policyDocument(consoleStatements(args)) },
      { parent: this },
    );
    new ssm.Parameter(
      `${name}-outputs`,
      {
        name: `${pathOf(common.stack)}/outputs`,
        type: "String",
        description: `certfront ${common.stack}: where everything is; nothing in it is secret`,
        value: pulumi.jsonStringify({ ...args.outputs, dashboard: args.dashboardName, consoleRole: role.arn }),
        tags,
      },
      { parent: this },
    );
    this.consoleRoleArn = role.arn;
    this.registerOutputs({ consoleRoleArn: this.consoleRoleArn });
  }
}

/** Reads only, and of the table only what names no key. */
function consoleStatements({ common, store, dashboardName }: AccessArgs): Statement[] {
  const { partition, accountId } = common.place;
  return [
    ...store.access({
      get: ["tenants", "served"],
      batchGet: ["heartbeats"],
      query: ["sharedHeartbeats"],
      indexes: ["tenants", "heartbeats"],
    }),
    {
      Sid: "Dashboard",
      Effect: "Allow",
      Action: ["cloudwatch:GetDashboard"],
      // Dashboards belong to no region.
      Resource: pulumi.interpolate`arn:${partition}:cloudwatch::${accountId}:dashboard/${dashboardName}`,
    },
    {
      Sid: "AlarmHistory",
      Effect: "Allow",
      Action: ["cloudwatch:DescribeAlarmHistory"],
      Resource: arnOf(common.place, "cloudwatch", `alarm:${common.stack}-*`),
    },
    // GetMetricData knows no resource, and composite alarms are listed to nobody who may not see all.
    {
      Sid: "Metrics",
      Effect: "Allow",
      Action: ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
      Resource: "*",
    },
  ];
}
