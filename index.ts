import * as pulumi from "@pulumi/pulumi";
import { pulumiConfig, readConfig } from "./infra/config/config";
import { explained } from "./infra/config/explained";
import { compareWithLast } from "./infra/config/roll";
import { dnsRecords } from "./infra/network/dns-records";
import { TenantFront } from "./infra/tenant-front";

const NO_NAME_OF_YOUR_OWN =
  'certfront:cnameTarget is not set: tenants would point their CNAMEs at the load balancer\'s own name, which ends with it. Set a name of your own zone before the first of them does (docs/deploy.md, "A name that outlives the load balancer").';

async function program(): Promise<Readonly<Record<string, unknown>>> {
  const settings = readConfig(pulumiConfig());
  const tenantRoll = await compareWithLast(settings.tenants.tenants, settings.allowRemovals ?? 0);
  const front = new TenantFront(settings.name ?? pulumi.getStack(), settings);
  if (settings.cname === undefined) await pulumi.log.warn(NO_NAME_OF_YOUR_OWN);
  return {
    /** `<project>-<name>`: the metrics' dimension and the alarms' prefix, and where to look: what `certfront status` and the console go by. */
    stack: front.stack,
    region: front.region,
    table: front.table,
    issuer: front.issuer,
    monitor: front.monitor,
    cas: front.cas,
    accountKey: front.accountKey,
    accountThumbprint: front.accountThumbprint,
    /** Under messages to customers. */
    operator: settings.operator ?? { name: "", support: "" },

    /** What tenants point their DNS at. */
    addresses: front.addresses,
    cnameTarget: front.cnameTarget,
    /** What `cnameTarget` points at, where it is a name of your own. */
    loadBalancerName: front.loadBalancerName,
    /** For the first tenants of the list; `certfront explain <domain>` says it for any. */
    tenantDnsRecords: pulumi
      .all([front.addresses, front.cnameTarget])
      .apply(([addresses, cnameTarget]) => dnsRecords(front.tenants, addresses, cnameTarget, front.stack)),

    /** What a person opens next. */
    statusCommand: `npx certfront status --stack ${front.called}`,
    consoleCommand: `npx certfront console --stack ${front.called}`,
    /** Whoever is to look at status and the console needs no more than to assume it and to read the parameter beside it (docs/cli.md). */
    consoleRole: front.consoleRole,
    dashboardUrl: pulumi.interpolate`${front.consoleUrl}#dashboards/dashboard/${front.dashboardName}`,
    alarmsUrl: pulumi.interpolate`${front.consoleUrl}#alarmsV2:?search=${front.stack}-`,
    /** Its instances are the fronts: `aws autoscaling terminate-instance-in-auto-scaling-group` replaces one without cutting a transfer. */
    frontGroup: front.frontGroup,
    alarmTopic: front.alarmTopic,
    /** For the next deployment, which says what changes. */
    tenantRoll,
  };
}

export = (): Promise<Readonly<Record<string, unknown>>> => explained(program);
