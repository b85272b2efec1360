import * as autoscaling from "@pulumi/aws/autoscaling";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { frontUserData, INSTANCE_SETTINGS } from "../../front/cloud-init";
import type { FrontSettings } from "../../front/settings";
import { NAME_LIMITS, namePrefix, pathOf, physicalName } from "../naming/names";
import { policyDocument, trust } from "../naming/policy";
import { IDLE_SECONDS } from "../network/load-balancer";
import { FRONT_PORTS } from "../network/ports";
import type { FrontFleetArgs } from "./args";
import { type FrontImage, imageOf } from "./image";
import { frontStatements } from "./rights";

/** Seconds a front may take to install itself and load every certificate: minutes with 100,000 of them. The load balancer sends it nothing before it is ready. */
const BOOT_SECONDS = 600;
/**
 * Until then a young front counts for nothing, so no old one goes for it: at a deployment, at the end of a lifetime, for bad health and for another zone's
 * sake alike. Longer than the grace period, in which the group takes a front for healthy whatever it serves: one that fails to boot is replaced before it counts.
 */
const WARMUP_SECONDS = BOOT_SECONDS + 60;
const CPU_TARGET_PERCENT = 50;
/** Security updates install themselves, but what serves runs on as it was started: a front this old makes room for a new one. */
const LONGEST_LIFE_SECONDS = 7 * 86_400;

/** The servers that end TLS: interchangeable, replaced rather than changed, each serving every tenant. */
export class FrontFleet extends pulumi.ComponentResource {
  readonly group: autoscaling.Group;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: FrontFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:FrontFleet", name, {}, opts);
    const logs = this.logs(name, args);
    const { profile, role } = this.profile(name, args, logs);
    this.roleArn = role.arn;
    const image = imageOf(args.size, args.instanceTypes, { parent: this });
    const template = this.template(name, args, image, profile, userData(args, logs.name, role.uniqueId));
    this.group = this.fleet(name, args, template);
    this.scaling(name);
    this.registerOutputs({ group: this.group.name });
  }

  private logs(name: string, { common, store }: FrontFleetArgs): cloudwatch.LogGroup {
    return new cloudwatch.LogGroup(
      `${name}-logs`,
      {
        name: frontLogGroup(common.stack),
        // No metrics are made of its lines: of a group of the standard class, CloudWatch makes whatever metric a line says, in any
        // namespace, so that a front could write what alarms read (PutLogEvents, embedded metric format).
        logGroupClass: "INFREQUENT_ACCESS",
        retentionInDays: common.logRetentionDays,
        kmsKeyId: store.key.arn,
        tags: common.tags,
      },
      // A group's class cannot be changed, and there is one of a name.
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private profile(name: string, args: FrontFleetArgs, logs: cloudwatch.LogGroup) {
    const { common } = args;
    const child = { parent: this };
    const prefix = namePrefix(name, NAME_LIMITS.rolePrefix);
    const role = new iam.Role(
      `${name}-role`,
      {
        namePrefix: prefix,
        description: "certfront fronts",
        assumeRolePolicy: trust("ec2.amazonaws.com"),
        tags: common.tags,
      },
      child,
    );
    const policy = new iam.RolePolicy(
      `${name}-policy`,
      { role: role.id, policy: policyDocument(frontStatements(args, logs.arn)) },
      child,
    );
    const profile = new iam.InstanceProfile(
      `${name}-profile`,
      { namePrefix: prefix, role: role.name, tags: common.tags },
      { parent: this, dependsOn: [policy] },
    );
    return { profile, role };
  }

  private template(
    name: string,
    args: FrontFleetArgs,
    image: FrontImage,
    profile: iam.InstanceProfile,
    userDataText: pulumi.Output<string>,
  ): ec2.LaunchTemplate {
    const tags = { ...args.common.tags, Name: physicalName(name, 128) };
    return new ec2.LaunchTemplate(
      `${name}-template`,
      {
        name: physicalName(name, 128),
        imageId: image.id,
        // For whoever starts one by hand; the group has the whole list.
        instanceType: args.instanceTypes.apply(([first = ""]) => first),
        iamInstanceProfile: { arn: profile.arn },
        userData: userDataText.apply((text) => Buffer.from(text).toString("base64")),
        networkInterfaces: [
          {
            deviceIndex: 0,
            associatePublicIpAddress: "true",
            securityGroups: [args.securityGroupId],
            deleteOnTermination: "true",
            // Newer types forget an idle connection after 350 s unless told otherwise, and the security group then drops its packets silently.
            connectionTrackingSpecification: { tcpEstablishedTimeout: IDLE_SECONDS + 60 },
          },
        ],
        blockDeviceMappings: [
          {
            deviceName: image.rootDevice,
            ebs: { encrypted: "true", volumeType: "gp3", volumeSize: 10, deleteOnTermination: "true" },
          },
        ],
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        monitoring: { enabled: false },
        updateDefaultVersion: true,
        tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
        tags: args.common.tags,
      },
      { parent: this },
    );
  }

  private fleet(name: string, args: FrontFleetArgs, template: ec2.LaunchTemplate): autoscaling.Group {
    const { common, size, loadBalancer } = args;
    const { http, https } = loadBalancer.targetGroups;
    const tags = { ...common.tags, Name: physicalName(name, 128) };
    return new autoscaling.Group(
      `${name}-group`,
      {
        name: groupName(name),
        minSize: size.min,
        maxSize: size.max,
        vpcZoneIdentifiers: [...args.subnetIds],
        // A lack of one type in a zone is no lack of fronts: the next type is taken.
        mixedInstancesPolicy: {
          launchTemplate: {
            launchTemplateSpecification: {
              launchTemplateId: template.id,
              version: template.latestVersion.apply(String),
            },
            overrides: args.instanceTypes.apply((types) => types.map((instanceType) => ({ instanceType }))),
          },
          instancesDistribution: {
            onDemandAllocationStrategy: "prioritized",
            onDemandPercentageAboveBaseCapacity: 100,
          },
        },
        targetGroupArns: [http.arn, https.arn],
        healthCheckType: "ELB",
        healthCheckGracePeriod: BOOT_SECONDS,
        defaultInstanceWarmup: WARMUP_SECONDS,
        // A deployment is done when the fronts serve, not when they were asked for.
        minElbCapacity: size.min,
        waitForCapacityTimeout: "20m",
        maxInstanceLifetime: LONGEST_LIFE_SECONDS,
        // A new front serves before an old one goes; one more at a time, to stay within a new account's 5 vCPU.
        instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 110 },
        instanceRefresh: {
          strategy: "Rolling",
          preferences: {
            minHealthyPercentage: 100,
            maxHealthyPercentage: 110,
          },
        },
        tags: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
      },
      { parent: this, dependsOn: [...loadBalancer.listeners] },
    );
  }

  private scaling(name: string): void {
    new autoscaling.Policy(
      `${name}-cpu`,
      {
        autoscalingGroupName: this.group.name,
        policyType: "TargetTrackingScaling",
        targetTrackingConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
          targetValue: CPU_TARGET_PERCENT,
        },
      },
      { parent: this },
    );
  }
}

/** What the Auto Scaling group is called. @param name of the fleet */
export const groupName = (name: string): string => physicalName(name, 255);

export const frontLogGroup = (stack: string): string => `${pathOf(stack)}/fronts`;

function userData(
  args: FrontFleetArgs,
  logGroup: pulumi.Output<string>,
  roleId: pulumi.Output<string>,
): pulumi.Output<string> {
  const { common, store, tenantKeys, accountKey, agent, size, defaultUpstream, operator } = args;
  return pulumi
    .all([
      common.place.region,
      common.place.dnsSuffix,
      pulumi.all([store.table.name, store.transient.name]),
      tenantKeys.key.arn,
      accountKey.thumbprint,
      logGroup,
      roleId,
      pulumi.all([agent.bucket, agent.key, agent.sha256, defaultUpstream]),
    ])
    .apply(
      ([
        region,
        dnsSuffix,
        [table, transientTable],
        sealKey,
        thumbprint,
        group,
        role,
        [bucket, key, sha256, upstream],
      ]) => {
        const settings: FrontSettings = {
          ...INSTANCE_SETTINGS,
          stack: common.stack,
          region,
          roleId: role,
          table,
          transientTable,
          sealKey,
          thumbprint,
          logGroup: group,
          ...(upstream === undefined ? {} : { defaultUpstream: upstream }),
          ...(operator === undefined ? {} : { operator }),
          httpPort: FRONT_PORTS.http,
          httpsPort: FRONT_PORTS.https,
          healthPort: FRONT_PORTS.health,
        };
        return frontUserData({
          settings,
          agent: { bucket, key, sha256 },
          dnsSuffix,
          customImage: size.customAmi !== undefined,
          sessionManager: size.sessionManager === true,
        });
      },
    );
}
