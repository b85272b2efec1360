import { getAvailabilityZonesOutput } from "@pulumi/aws";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { PREFERRED_INSTANCE_TYPES } from "../account/instance-types";
import { refusal } from "../naming/refusal";

/** Where fronts run, and on what. */
export interface Placement {
  /** In order of preference; each is offered in at least one of the zones. */
  readonly instanceTypes: readonly string[];
  readonly zones: readonly string[];
}

/** A type offered in a zone, as EC2 lists them. */
export interface Offering {
  readonly instanceType: string;
  readonly zone: string;
}

/** A region's zones: those that take new instances now, and those that do not (impaired, constrained). */
export interface Zones {
  readonly open: readonly string[];
  readonly closed: readonly string[];
}

export interface PlacementArgs {
  /** Types that the user named, in order of preference. */
  readonly instanceTypes?: readonly string[];
  /** Zones of the subnets of a network that exists; absent: they are chosen. */
  readonly zones?: pulumi.Output<readonly string[]>;
  /** How many to choose. */
  readonly zoneCount: number;
}

/**
 * Chooses zones and types, once. What EC2 answers changes with the day, so the first deployment's choice is kept in the stack's state: no later
 * deployment moves a subnet or replaces the fronts because a zone is impaired or a type is newly offered. Types that the user names are taken at
 * any time, among the zones that the stack has.
 */
export function placementOf(
  name: string,
  args: PlacementArgs,
  opts: pulumi.CustomResourceOptions & pulumi.InvokeOutputOptions,
): pulumi.Output<Placement> {
  const wanted = args.instanceTypes ?? PREFERRED_INSTANCE_TYPES;
  const offerings = offeringsOf(wanted, opts);
  const chosen = args.zones
    ? pulumi.all([args.zones, offerings]).apply(([zones, offered]) => placedIn(zones, wanted, offered))
    : pulumi
        .all([zonesOf(opts), offerings])
        .apply(([zones, offered]) => choosePlacement(wanted, zones, offered, args.zoneCount));
  // A stash's output is the first input it ever had.
  const stash = new pulumi.Stash(name, { input: chosen }, opts);
  const kept = pulumi
    .all([stash.output, chosen])
    .apply(([first, now]: [Placement | undefined, Placement]) => first ?? now);
  if (args.instanceTypes === undefined) return kept;
  return pulumi
    .all([args.zones ?? kept.apply(({ zones }) => zones), offerings])
    .apply(([zones, offered]) => placedIn(zones, wanted, offered));
}

/**
 * The first wanted type that enough open zones offer says which zones; where none is offered so widely, several types share them, and at last
 * closed zones count too. The types are all that those zones offer.
 * @throws pulumi.RunError when the wanted types are not offered in so many zones
 */
export function choosePlacement(
  wanted: readonly string[],
  { open, closed }: Zones,
  offerings: readonly Offering[],
  zoneCount: number,
): Placement {
  const offering = (zones: readonly string[], types: readonly string[]) =>
    zones.filter((zone) => offerings.some((offer) => offer.zone === zone && types.includes(offer.instanceType))).sort();
  const ways = [
    ...wanted.map((type) => offering(open, [type])),
    offering(open, wanted),
    [...offering(open, wanted), ...offering(closed, wanted)],
  ];
  const zones = ways.find((found) => found.length >= zoneCount);
  if (!zones) throw notOffered(wanted, `${zoneCount} availability zones of this region`);
  return placedIn(zones.slice(0, zoneCount), wanted, offerings);
}

/** The wanted types that some of these zones offer. @throws pulumi.RunError when there is none */
function placedIn(zones: readonly string[], wanted: readonly string[], offerings: readonly Offering[]): Placement {
  const offers = (zone: string, type: string) =>
    offerings.some((offer) => offer.zone === zone && offer.instanceType === type);
  const instanceTypes = wanted.filter((type) => zones.some((zone) => offers(zone, type)));
  if (instanceTypes.length === 0) throw notOffered(wanted, `the stack's zones ${zones.join(", ")}`);
  const without = zones.filter((zone) => !instanceTypes.some((type) => offers(zone, type)));
  if (without.length > 0) {
    void pulumi.log.warn(
      `certfront:instanceType: ${without.join(", ")} offers none of ${wanted.join(", ")}: no front runs there, and the stack does not outlive the other zone.`,
    );
  }
  return { instanceTypes, zones };
}

function notOffered(wanted: readonly string[], where: string): pulumi.RunError {
  return refusal(
    `certfront:instanceType: none of ${wanted.join(", ")} is offered in ${where}; name another type, or another aws:region.`,
  );
}

function zonesOf(opts: pulumi.InvokeOutputOptions): pulumi.Output<Zones> {
  const filters = [{ name: "zone-type", values: ["availability-zone"] }];
  return pulumi
    .all([
      getAvailabilityZonesOutput({ filters }, opts).names,
      getAvailabilityZonesOutput({ filters, state: "available" }, opts).names,
    ])
    .apply(([all, open]) => ({ open, closed: all.filter((zone) => !open.includes(zone)) }));
}

function offeringsOf(types: readonly string[], opts: pulumi.InvokeOutputOptions): pulumi.Output<Offering[]> {
  const { instanceTypes, locations } = ec2.getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [...types] }] },
    opts,
  );
  return pulumi
    .all([instanceTypes, locations])
    .apply(([found, zones]) => found.map((instanceType, at) => ({ instanceType, zone: zones[at] ?? "" })));
}
