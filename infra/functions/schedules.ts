import * as iam from "@pulumi/aws/iam";
import * as scheduler from "@pulumi/aws/scheduler";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { NAME_LIMITS, namePrefix, physicalName } from "../naming/names";
import { policyDocument, trust } from "../naming/policy";
import type { LambdaFunction } from "./lambda-function";

/** A function that is called again and again. */
export interface Task {
  /** EventBridge Scheduler's own form: `rate(1 minute)`. */
  readonly every: string;
  readonly run: LambdaFunction;
  readonly operation: string;
}

export interface SchedulesArgs {
  readonly common: Common;
  /** By name. */
  readonly tasks: Readonly<Record<string, Task>>;
}

/** The stack's clockwork, with a queue for calls that could not be delivered. */
export class Schedules extends pulumi.ComponentResource {
  /** Known before the queue is made. */
  readonly deadLettersName: string;

  constructor(name: string, { common, tasks }: SchedulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Schedules", name, {}, opts);
    const child = { parent: this };

    this.deadLettersName = physicalName(`${name}-dead-letters`, NAME_LIMITS.queue);
    const deadLetters = new sqs.Queue(
      `${name}-dead-letters`,
      {
        name: this.deadLettersName,
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: 14 * 24 * 3600,
        tags: common.tags,
      },
      child,
    );
    const role = new iam.Role(
      `${name}-role`,
      {
        namePrefix: namePrefix(name, NAME_LIMITS.rolePrefix),
        description: "certfront schedules",
        assumeRolePolicy: trust("scheduler.amazonaws.com", common.place.accountId),
        tags: common.tags,
      },
      child,
    );
    const policy = new iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.id,
        policy: policyDocument([
          {
            Sid: "Tasks",
            Effect: "Allow",
            Action: ["lambda:InvokeFunction"],
            Resource: [...new Set(Object.values(tasks).map(({ run }) => run))].map(({ arn }) => arn),
          },
          { Sid: "DeadLetters", Effect: "Allow", Action: ["sqs:SendMessage"], Resource: deadLetters.arn },
        ]),
      },
      child,
    );

    for (const [what, task] of Object.entries(tasks)) {
      new scheduler.Schedule(
        `${name}-${what}`,
        {
          name: physicalName(`${name}-${what}`, NAME_LIMITS.schedule),
          description: `certfront ${common.stack}: ${task.operation}`,
          scheduleExpression: task.every,
          flexibleTimeWindow: { mode: "OFF" },
          target: {
            arn: task.run.arn,
            roleArn: role.arn,
            input: JSON.stringify({ operation: task.operation }),
            // The next call comes soon enough; one that waited would only overlap it.
            retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 1 },
            deadLetterConfig: { arn: deadLetters.arn },
          },
        },
        { parent: this, dependsOn: [policy] },
      );
    }
    this.registerOutputs({ deadLetters: deadLetters.name });
  }
}
