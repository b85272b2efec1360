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

/** The ARN of something in this account and region: `arnOf(place, "lambda", "function:name")`. */
export function arnOf(place: Place, service: string, resource: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`arn:${place.partition}:${service}:${place.region}:${place.accountId}:${resource}`;
}
