import * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { NAME_LIMITS, physicalName } from "../naming/names";
import type { Network } from "./network";
import { FRONT_PORTS } from "./ports";

export interface LoadBalancerArgs {
  readonly common: Common;
  /** One static address is taken in each of its subnets. */
  readonly network: Network;
  readonly securityGroupId: pulumi.Input<string>;
  /** A name of the operator's that tenants point at, and the Route 53 zone to make it in. */
  readonly cname?: { readonly name: string; readonly zoneId?: pulumi.Input<string> };
}

/**
 * Longer than any time-out of the fronts: they end an idle connection and say so, the load balancer forgets it silently (after 350 s unless
 * told otherwise), and a client that waits for a long computation would wait for ever.
 */
export const IDLE_SECONDS = 3_660;

/** How long a front that leaves keeps its connections. */
const DRAIN_SECONDS = 300;

/** TCP through static addresses; TLS ends on the fronts, so the number of certificates has no limit here. */
export class LoadBalancer extends pulumi.ComponentResource {
  /** The static IPv4 addresses, for A records. */
  readonly addresses: pulumi.Output<string[]>;
  /** What tenants' CNAME records point at: the operator's own name, or this load balancer's, which the next one would not have. */
  readonly cnameTarget: pulumi.Output<string>;
  /** The load balancer's own name. */
  readonly dnsName: pulumi.Output<string>;
  readonly arnSuffix: pulumi.Output<string>;
  readonly targetGroups: { readonly http: lb.TargetGroup; readonly https: lb.TargetGroup };
  readonly listeners: readonly lb.Listener[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:LoadBalancer", name, {}, opts);
    const { common, network } = args;

    const addresses = network.subnetIds.map(
      (_, at) =>
        new ec2.Eip(
          `${name}-address-${at + 1}`,
          { domain: "vpc", tags: { ...common.tags, Name: `${name}-${at + 1}` } },
          // Tenants' A records name these: losing one breaks sites that nobody here can repair.
          { parent: this },
        ),
    );

    const balancer = new lb.LoadBalancer(
      `${name}-nlb`,
      {
        name: physicalName(name, NAME_LIMITS.loadBalancer),
        loadBalancerType: "network",
        internal: false,
        ipAddressType: "ipv4",
        enableCrossZoneLoadBalancing: true,
        enableDeletionProtection: common.protect,
        securityGroups: [args.securityGroupId],
        subnetMappings: network.subnetIds.map((subnetId, at) => ({ subnetId, allocationId: idOf(addresses, at) })),
        tags: common.tags,
      },
      // An address can belong to one balancer only, so the old one goes first.
      { parent: this, deleteBeforeReplace: true, dependsOn: [...network.internetRoute] },
    );

    const route = (what: "http" | "https") => this.route(name, what, args, balancer);
    const http = route("http");
    const https = route("https");

    this.addresses = pulumi.all(addresses.map((address) => address.publicIp));
    this.dnsName = balancer.dnsName;
    this.cnameTarget = args.cname ? pulumi.output(args.cname.name) : balancer.dnsName;
    if (args.cname?.zoneId !== undefined) {
      new route53.Record(
        `${name}-cname-target`,
        {
          zoneId: args.cname.zoneId,
          name: args.cname.name,
          type: "A",
          // Only the addresses of zones that answer.
          aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
        },
        { parent: this },
      );
    }
    this.arnSuffix = balancer.arnSuffix;
    this.targetGroups = { http: http.group, https: https.group };
    this.listeners = [http.listener, https.listener];
    this.registerOutputs({ addresses: this.addresses, dnsName: this.dnsName });
  }

  private route(
    name: string,
    what: "http" | "https",
    args: LoadBalancerArgs,
    balancer: lb.LoadBalancer,
  ): { group: lb.TargetGroup; listener: lb.Listener } {
    const port = FRONT_PORTS[what];
    const group = new lb.TargetGroup(
      `${name}-${what}`,
      {
        name: physicalName(`${name}-${what}`, NAME_LIMITS.targetGroup),
        vpcId: args.network.vpcId,
        port,
        protocol: "TCP",
        targetType: "instance",
        // Long downloads of scientific data end by themselves; a body cut short is silent corruption.
        deregistrationDelay: DRAIN_SECONDS,
        // The same for a front that misses checks: it gets no new connections, those it has go on. AWS would cut them.
        targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: DRAIN_SECONDS }],
        healthCheck: {
          protocol: "HTTP",
          port: String(FRONT_PORTS.health),
          path: "/healthz",
          matcher: "200",
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
        tags: args.common.tags,
      },
      { parent: this, deleteBeforeReplace: true },
    );
    const listener = new lb.Listener(
      `${name}-${what}-listener`,
      {
        loadBalancerArn: balancer.arn,
        port,
        protocol: "TCP",
        tcpIdleTimeoutSeconds: IDLE_SECONDS,
        defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
        tags: args.common.tags,
      },
      { parent: this },
    );
    return { group, listener };
  }
}

function idOf(addresses: readonly ec2.Eip[], at: number): pulumi.Output<string> {
  const address = addresses[at];
  if (!address) throw new Error(`no address for subnet ${at}`);
  return address.id;
}
