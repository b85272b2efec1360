import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import type { Place } from "../naming/place";

/** What whoever manages the account may do with the key: everything but use it, or let others use it by a grant. */
const ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateKeyDescription",
];

/** The purposes of core/seal, which the program does not import for two words. */
const PURPOSES = ["tenant-keys", "ticket-keys"];

/** Who uses the key. */
export interface TenantKeyUsers {
  /** ARN of the issuer's role: it seals, and opens nothing. */
  readonly issuer: pulumi.Input<string>;
  /** ARN of the fronts' role: they open. */
  readonly fronts: pulumi.Input<string>;
}

/**
 * The key under which tenants' private keys are sealed before they are stored. Its own policy names who may use it, so that no right in
 * IAM, not an administrator's either, opens a tenant's key.
 */
export class TenantKeys extends pulumi.ComponentResource {
  readonly key: kms.Key;

  constructor(
    private readonly name: string,
    private readonly common: Common,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("certfront:infra:TenantKeys", name, {}, opts);
    this.key = new kms.Key(
      `${name}-key`,
      {
        description: `certfront ${common.stack}: tenants' private keys`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: policy(common.place, []),
        tags: common.tags,
      },
      // From the first moment nobody may use it; `usedBy` says who may, once there are roles.
      { parent: this, ignoreChanges: ["policy"] },
    );
    this.registerOutputs({ key: this.key.arn });
  }

  /** Gives the key to those who use it. */
  usedBy({ issuer, fronts }: TenantKeyUsers): kms.KeyPolicy {
    const use = (Sid: string, role: pulumi.Input<string>, Action: string) => ({
      Sid,
      Effect: "Allow",
      Principal: { AWS: role },
      Action,
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:EncryptionContext:stack": this.common.stack,
          "kms:EncryptionContext:purpose": PURPOSES,
        },
      },
    });
    return new kms.KeyPolicy(
      `${this.name}-policy`,
      {
        keyId: this.key.keyId,
        policy: policy(this.common.place, [
          use("IssuerSeals", issuer, "kms:GenerateDataKey"),
          use("FrontsOpen", fronts, "kms:Decrypt"),
        ]),
      },
      { parent: this },
    );
  }
}

function policy(place: Place, users: readonly object[]): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Administration",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:root` },
        Action: ADMINISTRATION,
        Resource: "*",
      },
      ...users,
    ],
  });
}
