import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "../naming/common";
import { FRONT_PORTS } from "./ports";

export interface FirewallArgs {
  readonly common: Common;
  readonly vpcId: pulumi.Input<string>;
}

const WORLD = "0.0.0.0/0";

/** Who may talk to whom: the world to the load balancer on :80 and :443, the load balancer to the fronts, the fronts to anywhere. */
export class Firewall extends pulumi.ComponentResource {
  readonly loadBalancer: ec2.SecurityGroup;
  readonly fronts: ec2.SecurityGroup;

  constructor(name: string, { common, vpcId }: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Firewall", name, {}, opts);
    const child = { parent: this };

    const group = (what: string, description: string) =>
      new ec2.SecurityGroup(
        `${name}-${what}`,
        // The provider leaves rules that it does not see alone; every rule is a resource of its own below.
        { vpcId, description, tags: { ...common.tags, Name: `${name}-${what}` } },
        child,
      );
    this.loadBalancer = group("load-balancer", "certfront: the world on 80 and 443");
    this.fronts = group("fronts", "certfront: the load balancer only");

    for (const port of [FRONT_PORTS.http, FRONT_PORTS.https]) {
      new vpc.SecurityGroupIngressRule(
        `${name}-world-${port}`,
        {
          securityGroupId: this.loadBalancer.id,
          description: "the world: visitors and CAs",
          cidrIpv4: WORLD,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
        },
        child,
      );
    }
    for (const [what, port] of Object.entries(FRONT_PORTS)) {
      new vpc.SecurityGroupEgressRule(
        `${name}-to-fronts-${what}`,
        {
          securityGroupId: this.loadBalancer.id,
          description: `to the fronts, ${what}`,
          referencedSecurityGroupId: this.fronts.id,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
        },
        child,
      );
      new vpc.SecurityGroupIngressRule(
        `${name}-from-load-balancer-${what}`,
        {
          securityGroupId: this.fronts.id,
          description: `from the load balancer, ${what}`,
          referencedSecurityGroupId: this.loadBalancer.id,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
        },
        child,
      );
    }
    // Upstreams listen on any port anywhere.
    new vpc.SecurityGroupEgressRule(
      `${name}-fronts-out`,
      {
        securityGroupId: this.fronts.id,
        description: "upstreams, package mirrors, AWS and DNS",
        cidrIpv4: WORLD,
        ipProtocol: "-1",
      },
      child,
    );

    this.registerOutputs({ loadBalancer: this.loadBalancer.id, fronts: this.fronts.id });
  }
}
