import * as path from "node:path";
import { arn, nameOf } from "../../aws/account";
import { BALANCER_NAME, HEALTH_CHECK, staticAddress } from "../../aws/differences";
import { type Front, startFront } from "../../fronts/front";
import { TargetGroup } from "../../fronts/load-balancer";
import type { LocalCloud } from "../cloud";
import type { Inputs } from "../graph";
import type { Kind } from "./kind";
import { physicalName } from "./kind";

/** Addresses, load balancer and fronts. */
export const trafficKinds: Readonly<Record<string, Kind>> = {
  "aws:ec2/eip:Eip": {
    realise(_eip, { addresses }, node) {
      const publicIp = staticAddress(addresses.length);
      addresses.push(publicIp);
      return { id: `eipalloc-${node.name}`, allocationId: `eipalloc-${node.name}`, publicIp };
    },
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    realise(balancer, { region, balancers }, node) {
      const name = physicalName(balancer, node);
      const arnSuffix = `net/${name}/local`;
      const balancerArn = arn("elasticloadbalancing", region, `loadbalancer/${arnSuffix}`);
      balancers.set(balancerArn, arnSuffix);
      return { id: balancerArn, arn: balancerArn, arnSuffix, dnsName: BALANCER_NAME };
    },
  },
  "aws:lb/targetGroup:TargetGroup": {
    realise(group, { region, targetGroups, progress }, node) {
      const name = physicalName(group, node);
      const arnSuffix = `targetgroup/${name}/local`;
      const groupArn = arn("elasticloadbalancing", region, arnSuffix);
      const matcher = group.optionalText("healthCheck.matcher") ?? "200-399";
      const settings = {
        name,
        health: { ...HEALTH_CHECK, path: group.text("healthCheck.path"), matches: matches(matcher) },
      };
      const failed = new Set<string>();
      const onHealth = (target: { name: string }, healthy: boolean) => {
        // Of the first good checks nothing is told: every target begins with them.
        if (healthy && !failed.delete(target.name)) return;
        if (!healthy) failed.add(target.name);
        progress.tell({ kind: "health", target: target.name, group: name, healthy });
      };
      targetGroups.set(groupArn, {
        group: new TargetGroup(settings, onHealth),
        port: group.number("port"),
        dimension: arnSuffix,
      });
      return { id: groupArn, arn: groupArn, arnSuffix, name };
    },
  },
  "aws:lb/listener:Listener": {
    realise(listener, { region, listeners, targetGroups }, node) {
      const port = listener.number("port");
      const target = targetGroups.get(listener.text("defaultActions.0.targetGroupArn"));
      if (target === undefined) throw new Error(`listener ${node.name} forwards to no known target group`);
      const local = listeners.get(port);
      if (local === undefined)
        throw new Error(`listener ${node.name} is on port ${port}: the local stack has 80 and 443`);
      local.forwardTo(target.group);
      const listenerArn = arn("elasticloadbalancing", region, `listener/net/${node.name}/local`);
      return { id: listenerArn, arn: listenerArn };
    },
  },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    live: true,
    realise(template, { launchTemplates, instanceProfiles }, node) {
      const id = `lt-${node.name}`;
      const profile =
        template.optionalText("iamInstanceProfile.name") ?? nameOf(template.text("iamInstanceProfile.arn"));
      const role = instanceProfiles.get(profile);
      if (role === undefined)
        throw new Error(`launch template ${node.name} names the unknown instance profile ${profile}`);
      const version = 1 + (launchTemplates.get(id)?.version ?? 0);
      launchTemplates.set(id, { userData: template.text("userData"), role, version });
      return { id, latestVersion: version, defaultVersion: version, name: physicalName(template, node), arn: id };
    },
  },
  "aws:autoscaling/group:Group": {
    live: true,
    async realise(group, cloud, node) {
      const name = physicalName(group, node);
      const count = cloud.frontCount ?? group.number("minSize");
      if (cloud.fronts.length > 0) await refresh(group, cloud);
      else {
        cloud.progress.phase(`starting ${count} front${count === 1 ? "" : "s"}`);
        await Promise.all(Array.from({ length: count }, (_, at) => launch(`front-${at + 1}`, group, cloud)));
      }
      return {
        id: name,
        name,
        arn: arn("autoscaling", cloud.region, `autoScalingGroup:local:autoScalingGroupName/${name}`),
      };
    },
  },
};

const TEMPLATE = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId";

/** As the group's instance refresh: a new front serves before an old one goes, one after the other. */
async function refresh(group: Inputs, cloud: LocalCloud): Promise<void> {
  for (const old of [...cloud.fronts]) {
    const newest = Math.max(...cloud.fronts.map(({ name }) => Number(name.replace("front-", ""))));
    cloud.progress.phase(`replacing ${old.name} with front-${newest + 1}`);
    await launch(`front-${newest + 1}`, group, cloud);
    for (const groupArn of group.texts("targetGroupArns")) cloud.targetGroups.get(groupArn)?.group.deregister(old.name);
    cloud.fronts.splice(cloud.fronts.indexOf(old), 1);
    await old.retire();
  }
}

/** Starts a front and waits until every target group finds it healthy, as the provider waits for the group's capacity. */
async function launch(name: string, group: Inputs, cloud: LocalCloud): Promise<void> {
  const template = cloud.launchTemplates.get(group.text(TEMPLATE));
  if (template === undefined) throw new Error(`${name}: the Auto Scaling group names no known launch template`);
  const front = await startFront({
    name,
    instanceId: name,
    role: template.role,
    region: cloud.region,
    userData: template.userData,
    directory: path.join(cloud.frontsDirectory, name),
    awsEndpoint: cloud.endpoint,
    log: (line) => cloud.progress.warn(line),
  });
  cloud.fronts.push(front);
  await Promise.all(group.texts("targetGroupArns").map((groupArn) => register(front, groupArn, cloud)));
}

async function register(front: Front, groupArn: string, { targetGroups }: LocalCloud): Promise<void> {
  const found = targetGroups.get(groupArn);
  if (found === undefined) throw new Error(`${front.name}: unknown target group ${groupArn}`);
  const { httpPort, httpsPort, healthPort } = front.settings;
  await found.group.register({ name: front.name, port: found.port === 80 ? httpPort : httpsPort, healthPort });
}

/** `200`, `200,302` or `200-399`. */
function matches(matcher: string): (status: number) => boolean {
  const ranges = matcher.split(",").map((part) => part.split("-").map(Number));
  return (status) => ranges.some(([from = 0, to = from]) => status >= from && status <= to);
}
