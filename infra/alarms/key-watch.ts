import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { NAME_LIMITS, physicalName } from "../naming/names";

export interface KeyWatchArgs {
  readonly common: Common;
  /** ARN of the key that tenants' keys are sealed under. */
  readonly keyArn: pulumi.Input<string>;
  /** ARN of the role that opens: all that it does is in order. */
  readonly frontsRole: pulumi.Input<string>;
  /** Topic that pages. */
  readonly topicArn: pulumi.Input<string>;
  /** What a deployment does to the key by itself. */
  readonly after: readonly pulumi.Resource[];
}

/** What opens a tenant's key, or lets somebody open it, or takes it from everybody. */
const WATCHED = ["Decrypt", "ReEncrypt", "CreateGrant", "PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion"];

/**
 * Says who but a front opened a tenant's key, or tried to, or changed who may. CloudTrail tells EventBridge of it within minutes, where
 * the account has a trail that takes management events; without one this rule hears nothing.
 */
export class KeyWatch extends pulumi.ComponentResource {
  constructor(name: string, args: KeyWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:KeyWatch", name, {}, opts);
    const { common, keyArn, frontsRole, topicArn } = args;
    const rule = new cloudwatch.EventRule(
      `${name}-rule`,
      {
        name: physicalName(name, NAME_LIMITS.eventRule),
        description: `certfront ${common.stack}: use of the tenants' key by anybody but a front`,
        eventPattern: pulumi.jsonStringify(patternOf(keyArn, frontsRole)),
        // Decrypt reads only, and rules are not told of such calls otherwise.
        state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        tags: common.tags,
      },
      { parent: this, dependsOn: [...args.after] },
    );
    new cloudwatch.EventTarget(
      `${name}-target`,
      {
        rule: rule.name,
        arn: topicArn,
        inputTransformer: {
          inputPaths: {
            who: "$.detail.userIdentity.arn",
            what: "$.detail.eventName",
            when: "$.detail.eventTime",
            from: "$.detail.sourceIPAddress",
            error: "$.detail.errorCode",
          },
          inputTemplate: `"certfront ${common.stack}: <who> called <what> on the key of the tenants' private keys at <when>, from <from>. Error: <error> (none where it was allowed). Only fronts open it, only deployments change it: docs/keys.md, Who used which key when."`,
        },
      },
      { parent: this },
    );
    this.registerOutputs({ rule: rule.name });
  }
}

/** @returns EventBridge's pattern */
function patternOf(keyArn: pulumi.Input<string>, frontsRole: pulumi.Input<string>): object {
  return {
    source: ["aws.kms"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: ["kms.amazonaws.com"],
      eventName: WATCHED,
      // A user has no role. A call that was refused may name the key in its message only.
      userIdentity: {
        sessionContext: { sessionIssuer: { arn: [{ "anything-but": [frontsRole] }, { exists: false }] } },
      },
      $or: [{ resources: { ARN: [keyArn] } }, { errorMessage: [{ wildcard: pulumi.interpolate`*${keyArn}*` }] }],
    },
  };
}
