import * as fs from "node:fs";
import * as path from "node:path";
import { BUNDLES } from "../../build/bundle";
import { thumbprintOf } from "../../core/ca/challenge";
import { readFrontUserData } from "../../front/cloud-init";
import { ACCOUNT_PUBLIC_KEY, TEST_PLACE } from "../../testing/aws-answers";
import { type Graph, standInBundles } from "../../testing/graph";
import { isAllowed } from "../../testing/simulate-iam";
import { tenantFrontGraph } from "../../testing/tenant-front";

let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph();
});

const inputs = (ending: string, of = graph) => of.named(ending).inputs;
const id = (ending: string) => graph.named(ending).id;
const arn = (ending: string) => graph.named(ending).state.arn;

describe("the fronts", () => {
  const userData = (of = graph) => Buffer.from(String(inputs("fronts-template", of).userData), "base64").toString();

  test("are told by their user data what the rest of the stack is called", () => {
    expect(readFrontUserData(userData())).toEqual({
      settings: {
        front: "",
        stack: "certfront-dev",
        region: "eu-west-1",
        table: inputs("store-table").name,
        transientTable: inputs("store-transient").name,
        sealKey: arn("keys-key"),
        thumbprint: thumbprintOf(ACCOUNT_PUBLIC_KEY),
        logGroup: inputs("fronts-logs").name,
        // By which its own heartbeats are known.
        roleId: String(graph.named("fronts-role").state.uniqueId),
        defaultUpstream: "http://app.example.org:8080",
        directory: "/var/lib/certfront",
        haproxyConfig: "/etc/haproxy/haproxy.cfg",
        socket: "/run/haproxy/certfront.sock",
        bind: "0.0.0.0",
        httpPort: 80,
        httpsPort: 443,
        healthPort: 8404,
        syncSeconds: 2,
        // Else HAProxy would stay root, and its socket closed to the agent.
        user: "haproxy",
        group: "haproxy",
      },
      agent: {
        bucket: inputs("artifacts-agent").bucket,
        key: inputs("artifacts-agent").key,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
  });

  test("boot Debian's newest image of their processor, on an encrypted disk, with IMDSv2 only and no key pair", async () => {
    const template = inputs("fronts-template");
    expect(template).toMatchObject({
      imageId: "resolve:ssm:/aws/service/debian/release/13/latest/arm64",
      instanceType: "c7g.medium",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeSize: 10 } }],
      networkInterfaces: [
        {
          associatePublicIpAddress: "true",
          securityGroups: [id("firewall-fronts")],
          // The security group must not forget a connection before the load balancer does.
          connectionTrackingSpecification: { tcpEstablishedTimeout: 3_720 },
        },
      ],
    });
    expect(template.keyName).toBeUndefined();
    const intel = await tenantFrontGraph({ fronts: { min: 2, max: 4, instanceTypes: ["c7i.large"] } });
    expect(inputs("fronts-template", intel).imageId).toBe("resolve:ssm:/aws/service/debian/release/13/latest/amd64");
  });

  test("boot the user's own image over its own root device, without installing packages", async () => {
    const own = await tenantFrontGraph({ fronts: { min: 2, max: 4, customAmi: "ami-0123456789" } });
    expect(inputs("fronts-template", own)).toMatchObject({
      imageId: "ami-0123456789",
      blockDeviceMappings: [{ deviceName: "/dev/sda1" }],
    });
    expect(userData(own)).toContain("packages: []");
    expect(userData()).toContain("- haproxy");
  });

  test("are replaced one by one when their template changes, and never fewer than the least", () => {
    expect(inputs("fronts-group")).toMatchObject({
      minSize: 2,
      maxSize: 4,
      mixedInstancesPolicy: {
        launchTemplate: {
          launchTemplateSpecification: { launchTemplateId: id("fronts-template"), version: "1" },
          overrides: ["c7g.medium", "c6g.medium", "m7g.medium", "m6g.medium"].map((instanceType) => ({ instanceType })),
        },
        instancesDistribution: { onDemandAllocationStrategy: "prioritized", onDemandPercentageAboveBaseCapacity: 100 },
      },
      targetGroupArns: [arn("lb-http"), arn("lb-https")],
      vpcZoneIdentifiers: [id("public-a"), id("public-b")],
      healthCheckType: "ELB",
      minElbCapacity: 2,
      maxInstanceLifetime: 604_800,
      instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 110 },
      instanceRefresh: { strategy: "Rolling", preferences: { minHealthyPercentage: 100, maxHealthyPercentage: 110 } },
    });
    // Until the grace period ends a front counts as healthy whatever it serves: no old one may go before, whatever it is replaced for.
    const { healthCheckGracePeriod, defaultInstanceWarmup, instanceRefresh } = inputs("fronts-group");
    expect(Number(defaultInstanceWarmup)).toBeGreaterThan(Number(healthCheckGracePeriod));
    expect(instanceRefresh).not.toMatchObject({ preferences: { instanceWarmup: expect.anything() } });
    expect(inputs("fronts-cpu").estimatedInstanceWarmup).toBeUndefined();
    // Scaling decides how many there are; a deployment must not put the number back.
    expect(inputs("fronts-group").desiredCapacity).toBeUndefined();
  });

  test("scale on CPU", () => {
    expect(inputs("fronts-cpu")).toMatchObject({
      policyType: "TargetTrackingScaling",
      targetTrackingConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
        targetValue: 50,
      },
    });
  });

  test("that start from the template of before still find their agent: it is kept, and may be read", async () => {
    const bundles = standInBundles();
    fs.appendFileSync(path.join(bundles, "agent", BUNDLES.agent.file), "// another");
    const updated = await tenantFrontGraph({ bundles }, "dev", TEST_PLACE, { before: graph });
    const old = String(inputs("artifacts-agent").key);
    expect(inputs("artifacts-agent", updated).key).not.toBe(old);
    expect(graph.named("artifacts-agent").retainOnDelete).toBe(true);
    const bucket = String(updated.named("artifacts-bucket").state.arn);
    const mayRead = (key: string) =>
      isAllowed(
        { action: "s3:GetObject", resource: `${bucket}/${key}`, context: {} },
        String(inputs("fronts-policy", updated).policy),
      );
    expect(await mayRead(old)).toBe(true);
    expect(await mayRead(String(inputs("artifacts-tenants", updated).key))).toBe(false);
  });

  test("have Session Manager only where asked for", async () => {
    expect(userData()).not.toContain("amazon-ssm-agent");
    const asked = await tenantFrontGraph({ fronts: { min: 2, max: 4, sessionManager: true } });
    expect(userData(asked)).toContain("amazon-ssm-agent");
    expect(String(inputs("fronts-policy", asked).policy)).toContain("ssmmessages:OpenDataChannel");
  });
});
