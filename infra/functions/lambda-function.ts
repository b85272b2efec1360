import * as path from "node:path";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import type { BundleName } from "../../build/bundle";
import type { Common } from "../naming/common";
import { NAME_LIMITS, namePrefix, pathOf, physicalName } from "../naming/names";
import { arnOf } from "../naming/place";
import { policyDocument, type Statement, trust } from "../naming/policy";

export interface LambdaFunctionArgs {
  readonly common: Common;
  /** Directory that holds every bundle in a folder of its own. */
  readonly bundles: pulumi.Input<string>;
  readonly bundle: Exclude<BundleName, "agent">;
  readonly description: string;
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** What the function may do besides writing its own log. `self` is its own ARN. */
  readonly statements: (self: pulumi.Output<string>) => readonly Statement[];
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Encrypts the log. */
  readonly keyArn: pulumi.Input<string>;
}

/** A function with all that belongs to it: log group, role with exactly the rights given, no retries of asynchronous calls. */
export class LambdaFunction extends pulumi.ComponentResource {
  /** Known before the function is made; use `functionName` where the function must exist. */
  readonly plannedName: string;
  readonly logGroupName: string;
  readonly functionName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;

  constructor(type: string, name: string, args: LambdaFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super(type, name, {}, opts);
    const { common } = args;
    const { place, tags } = common;
    this.plannedName = physicalName(name, NAME_LIMITS.function);
    this.logGroupName = `${pathOf(common.stack)}/${args.bundle}`;

    const logs = new cloudwatch.LogGroup(
      `${name}-logs`,
      {
        name: this.logGroupName,
        retentionInDays: common.logRetentionDays,
        kmsKeyId: args.keyArn,
        tags,
      },
      { parent: this },
    );

    const role = new iam.Role(
      `${name}-role`,
      {
        namePrefix: namePrefix(name, NAME_LIMITS.rolePrefix),
        description: `certfront ${args.bundle}`,
        assumeRolePolicy: trust("lambda.amazonaws.com"),
        tags,
      },
      { parent: this },
    );

    const policy = new iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.id,
        policy: policyDocument([
          ...args.statements(arnOf(place, "lambda", `function:${this.plannedName}`)),
          {
            Sid: "OwnLog",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${logs.arn}:*`,
          },
        ]),
      },
      { parent: this },
    );

    const fn = new lambda.Function(
      `${name}-function`,
      {
        name: this.plannedName,
        description: args.description,
        role: role.arn,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.handler",
        code: pulumi
          .output(args.bundles)
          .apply((directory) => new pulumi.asset.FileArchive(path.join(directory, args.bundle))),
        timeout: args.timeoutSeconds,
        memorySize: args.memoryMb,
        environment: { variables: { NODE_OPTIONS: "--enable-source-maps", ...args.environment } },
        loggingConfig: { logFormat: "JSON", logGroup: logs.name },
        tags,
      },
      { parent: this, dependsOn: [policy] },
    );

    // Every caller comes back by itself within a minute or an hour, and every step is resumable: a retry would only repeat an error.
    new lambda.FunctionEventInvokeConfig(
      `${name}-async`,
      { functionName: fn.name, maximumRetryAttempts: 0, maximumEventAgeInSeconds: 300 },
      { parent: this },
    );

    this.functionName = fn.name;
    this.arn = fn.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ functionName: this.functionName, arn: this.arn });
  }
}
