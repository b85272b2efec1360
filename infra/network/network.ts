import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { refusal } from "../naming/refusal";

/** A network that exists already. Its subnets are public: their route table leads to an Internet gateway. */
export interface ExistingNetwork {
  /**
   * The VPC.
   * @example vpcId: "vpc-0123456789abcdef0"
   */
  readonly vpcId: pulumi.Input<string>;
  /**
   * Two to five of its public subnets, each in another zone; the load balancer takes one static address in each.
   * @example subnetIds: ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
   */
  readonly subnetIds: readonly pulumi.Input<string>[];
}

export interface NetworkArgs {
  readonly common: Common;
  /** Absent: a new VPC is made. */
  readonly existing?: ExistingNetwork;
  readonly zones: pulumi.Output<readonly string[]>;
}

/** Zones of a new VPC: two outlive one zone's failure and leave three of a new account's five Elastic IPs. */
export const ZONE_COUNT = 2;

const VPC_RANGE = "10.83.0.0/16";
const SUBNET_RANGES = ["10.83.0.0/20", "10.83.16.0/20"] as const;

type NetworkParts = Pick<Network, "vpcId" | "subnetIds" | "internetRoute">;

/**
 * Where load balancer and fronts live: public subnets, so that no NAT gateway is paid for, and gateway endpoints, so that the table
 * and the artifacts are reached without leaving AWS' network.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** What must be there before anything in the subnets reaches the Internet; empty in a network that exists. */
  readonly internetRoute: readonly pulumi.Resource[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Network", name, {}, opts);
    const made = args.existing ? adopt(args.existing) : this.create(name, args);
    this.vpcId = made.vpcId;
    this.subnetIds = made.subnetIds;
    this.internetRoute = made.internetRoute;
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.subnetIds });
  }

  private create(name: string, { common, zones }: NetworkArgs): NetworkParts {
    const { tags, place } = common;
    const child = { parent: this };
    const named = (what: string) => ({ ...tags, Name: `${name}-${what}` });

    const vpc = new ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: VPC_RANGE, enableDnsSupport: true, enableDnsHostnames: true, tags: named("vpc") },
      child,
    );
    // Every VPC comes with a group that lets its members talk to each other; nothing here is in it, and nothing shall be.
    new ec2.DefaultSecurityGroup(`${name}-default-group`, { vpcId: vpc.id, tags: named("default") }, child);
    const gateway = new ec2.InternetGateway(`${name}-gateway`, { vpcId: vpc.id, tags: named("gateway") }, child);
    const routes = new ec2.RouteTable(
      `${name}-routes`,
      { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }], tags: named("public") },
      child,
    );

    const associations: pulumi.Resource[] = [];
    const subnets = SUBNET_RANGES.map((cidrBlock, at) => {
      const letter = "ab"[at];
      const subnet = new ec2.Subnet(
        `${name}-public-${letter}`,
        {
          vpcId: vpc.id,
          cidrBlock,
          availabilityZone: zones.apply((names) => names[at] ?? ""),
          tags: named(`public-${letter}`),
        },
        // A subnet cannot move, and a second one has no place in the range: whatever the zones are today, it stays.
        { ...child, ignoreChanges: ["availabilityZone"] },
      );
      associations.push(
        new ec2.RouteTableAssociation(
          `${name}-public-${letter}-routes`,
          { subnetId: subnet.id, routeTableId: routes.id },
          child,
        ),
      );
      return subnet;
    });

    for (const service of ["dynamodb", "s3"]) {
      new ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId: vpc.id,
          serviceName: pulumi.interpolate`com.amazonaws.${place.region}.${service}`,
          vpcEndpointType: "Gateway",
          routeTableIds: [routes.id],
          tags: named(service),
        },
        child,
      );
    }
    return { vpcId: vpc.id, subnetIds: subnets.map((subnet) => subnet.id), internetRoute: [gateway, ...associations] };
  }
}

/** The zones of an existing network's subnets, checked. */
export function zonesOfExisting(
  { subnetIds }: ExistingNetwork,
  opts: pulumi.InvokeOutputOptions,
): pulumi.Output<readonly string[]> {
  return pulumi.all(subnetIds.map((id) => ec2.getSubnetOutput({ id }, opts))).apply(oneOfEach);
}

/**
 * The load balancer takes one subnet of each zone.
 * @throws pulumi.RunError naming those that share one
 */
export function oneOfEach(subnets: readonly { readonly id: string; readonly availabilityZone: string }[]): string[] {
  const problems = subnets.flatMap(({ id, availabilityZone: zone }, at) => {
    const first = subnets.findIndex(({ availabilityZone }) => availabilityZone === zone);
    return first === at ? [] : [`${id} is in ${zone}, like ${subnets[first]?.id}; name one subnet of each zone`];
  });
  if (problems.length > 0) throw refusal(`certfront:subnetIds: ${problems.join("; ")}.`);
  return subnets.map(({ availabilityZone }) => availabilityZone);
}

function adopt(existing: ExistingNetwork): NetworkParts {
  return {
    vpcId: pulumi.output(existing.vpcId),
    subnetIds: existing.subnetIds.map((id) => pulumi.output(id)),
    internetRoute: [],
  };
}
