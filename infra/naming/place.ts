import { getCallerIdentityOutput, getPartitionOutput, getRegionOutput } from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Where a stack is deployed: all that an ARN needs, so that nothing here assumes a region or a partition. */
export interface Place {
  readonly partition: pulumi.Output<string>;
  readonly dnsSuffix: pulumi.Output<string>;
  readonly region: pulumi.Output<string>;
  readonly accountId: pulumi.Output<string>;
}

/** Asks the provider of `opts` (its parent's) where it deploys to. */
export function placeOf(opts: pulumi.InvokeOutputOptions): Place {
  const partition = getPartitionOutput({}, opts);
  return {
    partition: partition.partition,
    dnsSuffix: partition.dnsSuffix,
    region: getRegionOutput({}, opts).region,
    accountId: getCallerIdentityOutput({}, opts).accountId,
  };
}

/** Where AWS' console is in a partition; others than the first have hosts named like their endpoints. */
export function consoleUrl({ dnsSuffix, partition, region }: Place, page: string): pulumi.Output<string> {
  return pulumi.all([dnsSuffix, partition, region]).apply(([suffix, where, of]) => {
    const host =
      { aws: "aws.amazon.com", "aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com" }[where] ?? suffix;
    return `https://${of}.console.${host}/${page}/home?region=${of}`;
  });
}

/** The ARN of something in this account and region: `arnOf(place, "lambda", "function:name")`. */
export function arnOf(place: Place, service: string, resource: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`arn:${place.partition}:${service}:${place.region}:${place.accountId}:${resource}`;
}
