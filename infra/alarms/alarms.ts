import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { NAME_LIMITS, physicalName } from "../naming/names";
import { alarmDefinitions } from "./definitions";
import type { AlarmTarget } from "./target";
import type { AlarmContext, CompositeAlarm, MetricAlarm, Severity } from "./types";

export interface AlarmsArgs {
  readonly common: Common;
  readonly target: AlarmTarget & { readonly page?: AlarmTarget };
  readonly context: AlarmContext<pulumi.Input<string>>;
  /** Encrypts the topic. */
  readonly keyId: pulumi.Input<string>;
  /** What alarms watch: they come after it and go before it, or its coming and going would ring. */
  readonly after: readonly pulumi.Resource[];
}

/** Every alarm of the stack, as alarm-definitions.ts has them, and the topics they ring at. */
export class Alarms extends pulumi.ComponentResource {
  /** Where alarms ring that warn. */
  readonly topicArn: pulumi.Output<string>;
  readonly topics: Readonly<Record<Severity, pulumi.Output<string>>>;

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Alarms", name, {}, opts);
    const { page, ...warn } = args.target;
    this.topicArn = this.topicOf(name, warn, args);
    this.topics = { warn: this.topicArn, page: page ? this.topicOf(`${name}-paging`, page, args) : this.topicArn };

    const definitions = alarmDefinitions(args.context);
    const metricAlarms = definitions
      .filter((definition) => definition.kind === "metric")
      .map((definition) => this.metricAlarm(name, definition, args));
    for (const definition of definitions) {
      if (definition.kind === "composite") this.compositeAlarm(name, definition, args.common, metricAlarms);
    }
    this.registerOutputs({ topicArn: this.topicArn });
  }

  private topicOf(name: string, target: AlarmTarget, { common, keyId }: AlarmsArgs): pulumi.Output<string> {
    if (target.topicArn) return pulumi.output(target.topicArn);
    const topic = new sns.Topic(
      `${name}-topic`,
      {
        name: physicalName(name, NAME_LIMITS.topic),
        displayName: `certfront ${common.stack}`.slice(0, 100),
        kmsMasterKeyId: keyId,
        tags: common.tags,
      },
      { parent: this },
    );
    new sns.TopicPolicy(
      `${name}-topic-policy`,
      {
        arn: topic.arn,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Alarms",
              Effect: "Allow",
              Principal: { Service: "cloudwatch.amazonaws.com" },
              Action: "sns:Publish",
              Resource: topic.arn,
              Condition: { StringEquals: { "aws:SourceAccount": common.place.accountId } },
            },
            {
              // No condition: EventBridge's documentation has none, and one that it did not meet would lose messages silently.
              Sid: "KeyWatch",
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sns:Publish",
              Resource: topic.arn,
            },
          ],
        }),
      },
      { parent: this },
    );
    if (target.email !== undefined) {
      new sns.TopicSubscription(
        `${name}-email`,
        { topic: topic.arn, protocol: "email", endpoint: target.email },
        { parent: this },
      );
    }
    return topic.arn;
  }

  private metricAlarm(
    name: string,
    {
      kind: _,
      key,
      name: alarmName,
      severity,
      notifies,
      dimensions,
      alarmDescription,
      ...measure
    }: MetricAlarm<pulumi.Input<string>>,
    { common, after }: AlarmsArgs,
  ): cloudwatch.MetricAlarm {
    return new cloudwatch.MetricAlarm(
      `${name}-${key}`,
      {
        ...measure,
        alarmDescription: inRegion(alarmDescription, common),
        name: alarmName,
        dimensions: { ...dimensions },
        ...this.actions(notifies, severity),
        tags: { ...common.tags, severity },
      },
      { parent: this, dependsOn: [...after] },
    );
  }

  private compositeAlarm(
    name: string,
    { key, name: alarmName, severity, notifies, alarmDescription, alarmRule }: CompositeAlarm,
    common: Common,
    metricAlarms: readonly cloudwatch.MetricAlarm[],
  ): void {
    new cloudwatch.CompositeAlarm(
      `${name}-${key}`,
      {
        alarmName,
        alarmDescription: inRegion(alarmDescription, common),
        alarmRule,
        ...this.actions(notifies, severity),
        tags: { ...common.tags, severity },
      },
      { parent: this, dependsOn: [...metricAlarms] },
    );
  }

  private actions(
    notifies: boolean,
    severity: Severity,
  ): { alarmActions: pulumi.Output<string>[]; okActions: pulumi.Output<string>[] } {
    const to = notifies ? [this.topics[severity]] : [];
    return { alarmActions: to, okActions: to };
  }
}

/** Commands are to be pasted as they are. */
function inRegion(description: string, { place }: Common): pulumi.Output<string> {
  return place.region.apply((region) => description.replaceAll("REGION", region));
}
