import type * as pulumi from "@pulumi/pulumi";

/** Where alarms go; neither: they only show in the console. */
export interface AlarmTarget {
  /**
   * AWS sends a mail there that somebody must confirm.
   * @example email: "ops@example.org"
   */
  readonly email?: string;
  /**
   * An SNS topic that exists, in place of one of the stack's own; CloudWatch must be allowed to publish to it, and EventBridge where it pages.
   * @example topicArn: "arn:aws:sns:eu-west-1:123456789012:pager"
   */
  readonly topicArn?: pulumi.Input<string>;
}
