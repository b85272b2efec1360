import * as pulumi from "@pulumi/pulumi";
import { TenantFront as Library } from "../infra/tenant-front";
import type { CaOutput, TenantFrontArgs } from "./args";
import { libraryArgs } from "./translate";

/** Automatic HTTPS for every tenant's domains behind one load balancer. Its name is in every name on AWS, and has to stay. */
export class TenantFront extends pulumi.ComponentResource {
  /** Static IPv4 addresses, for A records. */
  readonly addresses: pulumi.Output<string[]>;
  /** What CNAME records point at. */
  readonly cnameTarget: pulumi.Output<string>;
  /** The load balancer's own name. */
  readonly loadBalancerName: pulumi.Output<string>;
  /** The metrics' dimension and the prefix of the alarms' names. */
  readonly stack: pulumi.Output<string>;
  /** Where it is deployed. */
  readonly region: pulumi.Output<string>;
  /** The DynamoDB table that holds tenants, orders and certificates. */
  readonly table: pulumi.Output<string>;
  /** The function that issues and renews. */
  readonly issuer: pulumi.Output<string>;
  /** The function that looks at what is served, from outside. */
  readonly monitor: pulumi.Output<string>;
  /** The CAs, without their binding keys. */
  readonly cas: pulumi.Output<CaOutput[]>;
  /** Of the ACME account's key (RFC 7638). */
  readonly accountThumbprint: pulumi.Output<string>;
  /** The Auto Scaling group of the fronts. */
  readonly frontGroup: pulumi.Output<string>;
  /** The SNS topic of the alarms that warn. */
  readonly alarmTopic: pulumi.Output<string>;
  /** CloudWatch's dashboard of the stack. */
  readonly dashboardName: pulumi.Output<string>;
  /** What `npx certfront … --stack` calls it. */
  readonly called: pulumi.Output<string>;
  /** ARN of the role that may read what `certfront console` shows. */
  readonly consoleRole: pulumi.Output<string>;

  constructor(name: string, args: TenantFrontArgs, opts?: pulumi.ComponentResourceOptions) {
    const wanted = libraryArgs(args);
    super("certfront:index:TenantFront", name, {}, opts);
    const front = new Library(name, wanted, { parent: this });
    this.addresses = front.addresses;
    this.cnameTarget = front.cnameTarget;
    this.loadBalancerName = front.loadBalancerName;
    this.stack = pulumi.output(front.stack);
    this.region = front.region;
    this.table = front.table;
    this.issuer = front.issuer;
    this.monitor = front.monitor;
    this.cas = pulumi.output(front.cas.map(({ eab: _, ...ca }) => ({ ...ca, caaIdentities: [...ca.caaIdentities] })));
    this.accountThumbprint = front.accountThumbprint;
    this.frontGroup = front.frontGroup;
    this.alarmTopic = front.alarmTopic;
    this.dashboardName = front.dashboardName;
    this.called = pulumi.output(front.called);
    this.consoleRole = front.consoleRole;
    this.registerOutputs(outputsOf(this));
  }
}

/** What programs in other languages see. */
export function outputsOf(front: TenantFront): pulumi.Inputs {
  const { addresses, cnameTarget, loadBalancerName, stack, region, table, issuer, monitor, cas } = front;
  const { accountThumbprint, frontGroup, alarmTopic, dashboardName, called, consoleRole } = front;
  return {
    ...{ addresses, cnameTarget, loadBalancerName, stack, region, table, issuer, monitor, cas },
    ...{ accountThumbprint, frontGroup, alarmTopic, dashboardName, called, consoleRole },
  };
}
