import * as pulumi from "@pulumi/pulumi";
import { pulumiConfig, readConfig } from "./config/config";
import { explained } from "./config/explained";
import { dnsRecords } from "./network/dns-records";
import { TenantFront } from "./tenant-front";

const settings = explained(() => readConfig(pulumiConfig()));
const front = explained(() => new TenantFront(pulumi.getStack(), settings));

/** The metrics' dimension, and where to look: what `certfront status` and the console go by. */
export const stack = pulumi.getStack();
export const region = front.region;
export const table = front.table;
export const issuer = front.issuer;
export const monitor = front.monitor;
export const cas = front.cas;
export const accountThumbprint = front.accountThumbprint;

/** What tenants point their DNS at. */
export const addresses = front.addresses;
export const cnameTarget = front.cnameTarget;
/** For the first tenants of the list; `certfront explain <domain>` says it for any. */
export const tenantDnsRecords = pulumi
  .all([front.addresses, front.cnameTarget])
  .apply(([addresses, cnameTarget]) => dnsRecords(front.tenants, addresses, cnameTarget));

/** What a person opens next. */
export const statusCommand = `npx certfront status --stack ${pulumi.getStack()}`;
export const dashboardUrl = pulumi.interpolate`https://${front.region}.console.aws.amazon.com/cloudwatch/home?region=${front.region}#dashboards/dashboard/${front.dashboardName}`;
export const alarmsUrl = pulumi.interpolate`https://${front.region}.console.aws.amazon.com/cloudwatch/home?region=${front.region}#alarmsV2:?search=${pulumi.getStack()}-`;
export const alarmTopic = front.alarmTopic;
