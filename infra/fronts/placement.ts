import { getAvailabilityZonesOutput } from "@pulumi/aws";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";

/**
 * Tried in order where the user names no type: one arm64 core each, so that two fronts and the third of a rolling
 * replacement fit the 5 vCPU of a new account.
 */
export const PREFERRED_INSTANCE_TYPES = ["c7g.medium", "c6g.medium", "m7g.medium", "m6g.medium"] as const;

export interface Placement {
  readonly instanceType: string;
  /** Zones to use, as many as asked for. */
  readonly zones: readonly string[];
}

/** A type offered in a zone, as EC2 lists them. */
export interface Offering {
  readonly instanceType: string;
  readonly zone: string;
}

/** Which instance type and zones to use in the provider's region. */
export function placementOf(
  instanceType: string | undefined,
  zoneCount: number,
  opts: pulumi.InvokeOutputOptions,
): pulumi.Output<Placement> {
  const wanted = instanceType === undefined ? PREFERRED_INSTANCE_TYPES : [instanceType];
  const zones = getAvailabilityZonesOutput(
    { state: "available", filters: [{ name: "zone-type", values: ["availability-zone"] }] },
    opts,
  ).names;
  const offered = ec2.getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [...wanted] }] },
    opts,
  );
  return pulumi.all([zones, offered.instanceTypes, offered.locations]).apply(([open, types, locations]) =>
    choosePlacement(
      wanted,
      open,
      types.map((type, at) => ({ instanceType: type, zone: locations[at] ?? "" })),
      zoneCount,
    ),
  );
}

/**
 * The first wanted type that enough open zones offer, with the first of those zones by name.
 * Throws pulumi.RunError when no type is offered so widely.
 */
export function choosePlacement(
  wanted: readonly string[],
  openZones: readonly string[],
  offerings: readonly Offering[],
  zoneCount: number,
): Placement {
  for (const instanceType of wanted) {
    const zones = openZones
      .filter((zone) => offerings.some((offer) => offer.instanceType === instanceType && offer.zone === zone))
      .sort();
    if (zones.length >= zoneCount) return { instanceType, zones: zones.slice(0, zoneCount) };
  }
  throw new pulumi.RunError(
    `certfront:instanceType: none of ${wanted.join(", ")} is offered in ${zoneCount} availability zones of this region; name another type, or another aws:region.`,
  );
}

/** Whether a type has Arm cores (Graviton), by AWS' own naming: a `g` after the generation. */
export function isArm(instanceType: string): boolean {
  return /^(a1|[a-z]+\d+g[a-z]*)\./.test(instanceType);
}
