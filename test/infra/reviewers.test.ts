import * as fs from "node:fs";
import * as path from "node:path";
import type { Graph, RegisteredResource } from "../../testing/graph";
import { tenantFrontGraph } from "../../testing/tenant-front";

const PAGE = fs.readFileSync(path.join(__dirname, "../../docs/reviewers.md"), "utf8");
/** `controls, asks, state, why` of each row. */
const ROWS = [
  ...PAGE.matchAll(/^\| ([A-Z][A-Za-z0-9]+\.\d+[^|]*) \| ([^|]+) \| (met|accepted|yours) \| ([^|]+) \|$/gm),
].map(([, controls = "", , state = "", why = ""]) => ({ controls: controls.split(", "), state, why }));

let graph: Graph;
beforeAll(async () => {
  graph = await tenantFrontGraph();
});

const ofType = (kind: string) => graph.nodes.filter(({ type }) => type.startsWith(`aws:${kind}`));
/** All of a kind, of which there is one at least, are so. */
const every = (kind: string, is: (inputs: RegisteredResource["inputs"]) => boolean) => {
  const found = ofType(kind);
  return found.length > 0 && found.every(({ inputs }) => is(inputs));
};
const json = (value: unknown) => JSON.stringify(value) ?? "";
const documents = () => ofType("iam/rolePolicy:").map(({ inputs }) => JSON.parse(String(inputs.policy)));

/** What each control that is met comes to on the program's resources. */
const MET: Readonly<Record<string, () => boolean>> = {
  "AutoScaling.1": () => every("autoscaling/group:", ({ healthCheckType }) => healthCheckType === "ELB"),
  "AutoScaling.2": () =>
    every("autoscaling/group:", ({ vpcZoneIdentifiers }) => new Set(vpcZoneIdentifiers as string[]).size >= 2),
  "AutoScaling.3": () =>
    every("ec2/launchTemplate:", ({ metadataOptions }) => json(metadataOptions).includes('"httpTokens":"required"')),
  "AutoScaling.6": () =>
    every(
      "autoscaling/group:",
      ({ mixedInstancesPolicy }) => (json(mixedInstancesPolicy).match(/"instanceType"/g) ?? []).length >= 2,
    ),
  "AutoScaling.9": () => ofType("ec2/launchConfiguration:").length === 0 && ofType("ec2/launchTemplate:").length === 1,
  "CloudWatch.17": () => every("cloudwatch/", ({ actionsEnabled }) => actionsEnabled !== false),
  "DynamoDB.1": () => every("dynamodb/table:", ({ billingMode }) => billingMode === "PAY_PER_REQUEST"),
  "DynamoDB.2": () =>
    every(
      "dynamodb/table:",
      ({ pointInTimeRecovery, name }) =>
        json(pointInTimeRecovery) === '{"enabled":true}' || String(name).includes("-transient-"),
    ),
  "DynamoDB.6": () => every("dynamodb/table:", ({ deletionProtectionEnabled }) => deletionProtectionEnabled === true),
  "EC2.2": () =>
    every("ec2/defaultSecurityGroup:", ({ ingress, egress }) => ingress === undefined && egress === undefined),
  "EC2.8": () => MET["AutoScaling.3"]?.() === true,
  "EC2.170": () => MET["AutoScaling.3"]?.() === true,
  "EC2.15": () => every("ec2/subnet:", ({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch !== true),
  "EC2.18": () => worldPorts().every((port) => port === 80 || port === 443),
  "EC2.19": () => worldPorts().length === 2,
  "ELB.6": () => every("lb/loadBalancer:", ({ enableDeletionProtection }) => enableDeletionProtection === true),
  "ELB.13": () => every("lb/loadBalancer:", ({ subnetMappings }) => (subnetMappings as unknown[]).length >= 2),
  "IAM.1": () => documents().every(({ Statement }) => !json(Statement).includes('"Action":"*"')),
  "IAM.21": () =>
    documents().every(
      ({ Statement }) => !/"[a-z0-9]+:\*"/.test(json(Statement.map(({ Action }: { Action: unknown }) => Action))),
    ),
  "KMS.4": () => every("kms/key:", ({ enableKeyRotation }) => enableKeyRotation === true),
  "KMS.5": () => every("kms/key:", ({ policy }) => !/"AWS":"\*"|"Principal":"\*"/.test(String(policy))),
  "Lambda.1": () => ofType("lambda/permission:").length + ofType("lambda/functionUrl:").length === 0,
  "Lambda.2": () => every("lambda/function:", ({ runtime }) => /^nodejs(22|24|26)\.x$/.test(String(runtime))),
  "S3.1": () =>
    every(
      "s3/bucketPublicAccessBlock:",
      ({ blockPublicAcls, restrictPublicBuckets }) => blockPublicAcls === true && restrictPublicBuckets === true,
    ),
  "S3.2": () => every("s3/bucketPublicAccessBlock:", ({ ignorePublicAcls }) => ignorePublicAcls === true),
  "S3.3": () => MET["S3.1"]?.() === true,
  "S3.8": () => every("s3/bucketPublicAccessBlock:", ({ blockPublicPolicy }) => blockPublicPolicy === true),
  "S3.5": () => every("s3/bucketPolicy:", ({ policy }) => String(policy).includes('"aws:SecureTransport":"false"')),
  "S3.13": () => every("s3/bucketLifecycleConfiguration:", ({ rules }) => json(rules).includes('"noncurrentDays":30')),
  "S3.14": () =>
    every("s3/bucketVersioning:", ({ versioningConfiguration }) => json(versioningConfiguration).includes("Enabled")),
  "SNS.1": () => every("sns/topic:", ({ kmsMasterKeyId }) => kmsMasterKeyId !== undefined),
  "SQS.1": () => every("sqs/queue:", ({ sqsManagedSseEnabled }) => sqsManagedSseEnabled === true),
};

function worldPorts(): number[] {
  return ofType("vpc/securityGroupIngressRule:")
    .filter(({ inputs }) => inputs.cidrIpv4 === "0.0.0.0/0" || inputs.cidrIpv6 === "::/0")
    .map(({ inputs }) => Number(inputs.fromPort));
}

describe("docs/reviewers.md", () => {
  const met = ROWS.filter(({ state }) => state === "met").flatMap(({ controls }) => controls);

  it("says of no control that it is met unless the resources are checked for it, and the other way round", () => {
    expect(ROWS.length).toBeGreaterThan(30);
    expect([...met].sort()).toEqual(Object.keys(MET).sort());
  });

  it.each(Object.keys(MET))("%s is met", (control) => {
    expect(MET[control]?.()).toBe(true);
  });

  it("gives a reason for what is accepted", () => {
    for (const { controls, state, why } of ROWS) {
      if (state === "accepted") expect([controls, why.length > 60]).toEqual([controls, true]);
    }
  });

  it("would see what is not met: a destroy that is allowed", async () => {
    graph = await tenantFrontGraph({ protect: false });
    expect([MET["DynamoDB.6"]?.(), MET["ELB.6"]?.()]).toEqual([false, false]);
  });
});
