import * as pulumi from "@pulumi/pulumi";
import { builtBundles } from "../build/bundle";
import type { CaSettings } from "../core/ca/certificate-authority";
import type { Tenant } from "../core/tenant/tenant";
import { Access } from "./access/access";
import { Alarms } from "./alarms/alarms";
import { Dashboard } from "./alarms/dashboard";
import { KeyWatch } from "./alarms/key-watch";
import type { AlarmContext } from "./alarms/types";
import type { TenantFrontArgs } from "./config/args";
import { withDefaults } from "./config/defaults";
import { AccountKey } from "./data/account-key";
import { Artifacts } from "./data/artifacts";
import { Store } from "./data/store";
import { TenantKeys } from "./data/tenant-keys";
import { FrontFleet, frontLogGroup, groupName } from "./fronts/fleet";
import { placementOf } from "./fronts/placement";
import { Apply } from "./functions/apply";
import { ExpiryMonitor } from "./functions/expiry-monitor";
import { Issuer } from "./functions/issuer";
import { Schedules } from "./functions/schedules";
import type { Common } from "./naming/common";
import { commandName, stackName } from "./naming/names";
import { consoleUrl, placeOf } from "./naming/place";
import { Firewall } from "./network/firewall";
import { LoadBalancer } from "./network/load-balancer";
import { Network, ZONE_COUNT, zonesOfExisting } from "./network/network";

/**
 * Automatic HTTPS for every tenant's domains behind one load balancer. Its name is in every name on AWS, so two in one project need different names, and
 * it has to stay.
 * @throws ConfigError when the tenant list does not validate; nothing is changed then
 */
export class TenantFront extends pulumi.ComponentResource {
  /** The list, parsed. */
  readonly tenants: readonly Tenant[];
  /** Static IPv4 addresses, for A records. */
  readonly addresses: pulumi.Output<string[]>;
  /** What CNAME records point at. */
  readonly cnameTarget: pulumi.Output<string>;
  /** The load balancer's own name: what the operator's name points at. */
  readonly loadBalancerName: pulumi.Output<string>;
  /** `<project>-<name>`: the metrics' dimension and the prefix of the alarms' names. */
  readonly stack: string;
  /** The Auto Scaling group of the fronts. */
  readonly frontGroup: pulumi.Output<string>;
  /** Where it is deployed. */
  readonly region: pulumi.Output<string>;
  /** The DynamoDB table that holds tenants, orders and certificates. */
  readonly table: pulumi.Output<string>;
  /** The function that issues and renews. */
  readonly issuer: pulumi.Output<string>;
  /** The function that looks at what is served, from outside. */
  readonly monitor: pulumi.Output<string>;
  /** The CAs, without their binding keys. */
  readonly cas: readonly CaSettings[];
  /** Which of the ACME account's keys is in use, counted from 1. */
  readonly accountKey: number;
  /** Of that key (RFC 7638): what fronts answer challenges with. */
  readonly accountThumbprint: pulumi.Output<string>;
  /** The SNS topic of the alarms that warn. */
  readonly alarmTopic: pulumi.Output<string>;
  /** CloudWatch's dashboard of the stack. */
  readonly dashboardName: pulumi.Output<string>;
  /** ARN of the role that may read what `certfront console` shows, for the policies of those who are to use it. */
  readonly consoleRole: pulumi.Output<string>;
  /** What `--stack` of every command says. */
  readonly called: string;
  /** CloudWatch in AWS' console. */
  readonly consoleUrl: pulumi.Output<string>;

  constructor(name: string, args: TenantFrontArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before anything is registered: a wrong list changes nothing.
    const settings = withDefaults(args);
    const { tenantList, cas, fronts, protect, logRetentionDays } = settings;
    super("certfront:infra:TenantFront", name, {}, opts);
    const child = { parent: this };
    /** Of what serves: it refuses to be destroyed or replaced. */
    const serving = { parent: this, protect };
    const place = placeOf(child);
    const common: Common = {
      stack: stackName(name),
      place,
      tags: { ...args.tags, certfront: name },
      logRetentionDays,
      protect,
    };
    const bundles = pulumi.output(args.bundles ?? builtBundles());
    const placement = placementOf(
      `${name}-placement`,
      {
        zoneCount: ZONE_COUNT,
        ...(fronts.instanceTypes ? { instanceTypes: fronts.instanceTypes } : {}),
        ...(args.network ? { zones: zonesOfExisting(args.network, child) } : {}),
      },
      serving,
    );

    const store = new Store(`${name}-store`, common, serving);
    this.accountKey = args.accountKey ?? 1;
    const tenantKeys = new TenantKeys(`${name}-keys`, common, serving);
    const accountKey = new AccountKey(
      `${name}-account`,
      { common, cas, keyArn: store.key.arn, keyNumber: this.accountKey },
      child,
    );
    const { allowRemovals = 0, allowTakeovers = [] } = args;
    const artifacts = new Artifacts(`${name}-artifacts`, { common, bundles, tenantList: tenantList.json }, child);

    const network = new Network(
      `${name}-network`,
      { common, zones: placement.zones, ...(args.network ? { existing: args.network } : {}) },
      serving,
    );
    const firewall = new Firewall(`${name}-firewall`, { common, vpcId: network.vpcId }, serving);
    const loadBalancer = new LoadBalancer(
      `${name}-lb`,
      {
        common,
        network,
        securityGroupId: firewall.loadBalancer.id,
        ...(args.cname === undefined ? {} : { cname: args.cname }),
      },
      serving,
    );

    const issuer = new Issuer(
      `${name}-issuer`,
      {
        common,
        bundles,
        store,
        tenantKeys,
        accountKey,
        loadBalancer,
        tenantList: artifacts.tenantList,
        contact: settings.contact,
      },
      // It reads them when it is first called, and may be called as soon as it is there.
      { parent: this, dependsOn: [...accountKey.parameters] },
    );
    const monitor = new ExpiryMonitor(
      `${name}-monitor`,
      { common, bundles, store, loadBalancer, cas: accountKey.cas },
      child,
    );
    const schedules = new Schedules(
      `${name}-schedules`,
      {
        common,
        tasks: {
          reconcile: { every: "rate(1 minute)", run: issuer, operation: "reconcile" },
          "rotate-ticket-keys": { every: "rate(8 hours)", run: issuer, operation: "rotate-ticket-keys" },
          sweep: { every: "rate(1 hour)", run: monitor, operation: "sweep" },
        },
      },
      child,
    );

    const fleet = new FrontFleet(
      `${name}-fronts`,
      {
        common,
        size: fronts,
        instanceTypes: placement.instanceTypes,
        subnetIds: network.subnetIds,
        securityGroupId: firewall.fronts.id,
        loadBalancer,
        store,
        tenantKeys,
        accountKey,
        agent: artifacts.agent,
        ...(args.defaultUpstream === undefined ? {} : { defaultUpstream: args.defaultUpstream }),
        ...(args.operator === undefined ? {} : { operator: args.operator }),
      },
      serving,
    );

    const keyPolicy = tenantKeys.usedBy({ issuer: issuer.roleArn, fronts: fleet.roleArn });

    // Preflight asks for a token through the fronts: tenants applied before any front serves would only wait for a retry.
    const apply = new Apply(
      `${name}-apply`,
      { issuer, tenantList: artifacts.tenantList, allowRemovals, allowTakeovers },
      { parent: this, dependsOn: [fleet, keyPolicy] },
    );

    const context: AlarmContext<pulumi.Input<string>> = {
      stack: common.stack,
      pulumiStack: pulumi.getStack(),
      called: commandName(name),
      ...(args.runbookUrl === undefined ? {} : { runbookUrl: args.runbookUrl }),
      frontGroup: groupName(`${name}-fronts`),
      minFronts: fronts.min,
      functions: { issuer: issuer.plannedName, monitor: monitor.plannedName },
      deadLetterQueue: schedules.deadLettersName,
      loadBalancer: loadBalancer.arnSuffix,
      targetGroup: loadBalancer.targetGroups.https.arnSuffix,
      logGroups: { issuer: issuer.logGroupName, monitor: monitor.logGroupName, fronts: frontLogGroup(common.stack) },
    };
    // Alarms ring when something is silent, so they come when all that should speak is there.
    const after = [apply, schedules, fleet];
    const alarms = new Alarms(
      `${name}-alarms`,
      { common, target: settings.alarms, context, keyId: store.key.keyId, after },
      { parent: this, dependsOn: after },
    );
    const keyWatch = new KeyWatch(
      `${name}-key-watch`,
      {
        common,
        keyArn: tenantKeys.key.arn,
        frontsRole: fleet.roleArn,
        topicArn: alarms.topics.page,
        after: [keyPolicy],
      },
      child,
    );
    const dashboard = new Dashboard(`${name}-dashboard`, { common, context }, child);
    const access = new Access(
      `${name}-access`,
      {
        common,
        store,
        dashboardName: dashboard.dashboardName,
        outputs: {
          stack: common.stack,
          region: place.region,
          table: store.table.name,
          issuer: issuer.functionName,
          monitor: monitor.functionName,
          addresses: loadBalancer.addresses,
          cnameTarget: loadBalancer.cnameTarget,
          accountKey: this.accountKey,
          accountThumbprint: accountKey.thumbprint,
          operator: args.operator ?? { name: "", support: "" },
          cas: accountKey.cas.map(({ eab: _, ...ca }) => ca),
        },
      },
      child,
    );

    // A destroy keeps what a protected resource depends on: with this one, all of it.
    new pulumi.Stash(
      `${name}-lock`,
      { input: "pulumi config set protect false && pulumi up && pulumi destroy" },
      {
        ...serving,
        dependsOn: [
          ...[store, tenantKeys, accountKey, artifacts, network, firewall, loadBalancer, issuer, monitor],
          ...[schedules, fleet, apply, alarms, keyWatch, dashboard, access],
        ],
      },
    );

    this.tenants = tenantList.tenants;
    this.addresses = loadBalancer.addresses;
    this.cnameTarget = loadBalancer.cnameTarget;
    this.loadBalancerName = loadBalancer.dnsName;
    this.stack = common.stack;
    this.consoleUrl = consoleUrl(place, "cloudwatch");
    this.frontGroup = fleet.group.name;
    this.region = place.region;
    this.table = store.table.name;
    this.issuer = issuer.functionName;
    this.monitor = monitor.functionName;
    this.cas = accountKey.cas;
    this.accountThumbprint = accountKey.thumbprint;
    this.alarmTopic = alarms.topicArn;
    this.dashboardName = dashboard.dashboardName;
    this.consoleRole = access.consoleRoleArn;
    this.called = commandName(name);
    this.registerOutputs({
      addresses: this.addresses,
      cnameTarget: this.cnameTarget,
      table: this.table,
      issuer: this.issuer,
      monitor: this.monitor,
      alarmTopic: this.alarmTopic,
      dashboardName: this.dashboardName,
    });
  }
}
