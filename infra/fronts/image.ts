import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { debianParameter } from "../account/instance-types";
import type { FrontSize } from "./size";

/** What a front boots from. */
export interface FrontImage {
  readonly id: pulumi.Output<string>;
  /** Device to lay the encrypted disk over. */
  readonly rootDevice: pulumi.Output<string>;
}

/** The root device of Debian's own images. */
const DEBIAN_ROOT_DEVICE = "/dev/xvda";

/**
 * Debian's newest image unless the user named one. EC2 resolves the parameter whenever it launches a front, so that a new image
 * neither shows as a change of the stack nor replaces every front when a tenant is added.
 */
export function imageOf(
  size: Pick<FrontSize, "ami" | "customAmi">,
  instanceTypes: pulumi.Output<readonly string[]>,
  opts: pulumi.InvokeOutputOptions,
): FrontImage {
  const named = size.ami ?? size.customAmi;
  if (named === undefined) {
    return {
      id: pulumi.interpolate`resolve:ssm:${instanceTypes.apply(debianParameter)}`,
      rootDevice: pulumi.output(DEBIAN_ROOT_DEVICE),
    };
  }
  const found = ec2.getAmiOutput({ filters: [{ name: "image-id", values: [named] }] }, opts);
  return { id: pulumi.output(named), rootDevice: found.rootDeviceName };
}
