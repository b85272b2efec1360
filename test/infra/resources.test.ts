import { namesOf } from "../../core/tenant";
import { readFrontUserData, USER_DATA_LIMIT_BYTES } from "../../front/cloud-init";
import { haproxyConfig } from "../../front/haproxy-config";
import { alarmDefinitions } from "../../infra/alarm-definitions";
import { dnsRecord, dnsRecords, MOST_RECORDS } from "../../infra/dns-records";
import { TenantFront } from "../../infra/tenant-front";
import { TABLE_SCHEMA } from "../../store/schema";
import { TEST_PLACE } from "../support/aws-answers";
import { type Graph, graphOf } from "../support/graph";
import { TEST_ARGS, tenantFrontGraph } from "../support/tenant-front";

const longest = "A.very_long-Stack".repeat(6).slice(0, 100);
let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph();
});

const inputs = (ending: string, of = graph) => of.named(ending).inputs;
const id = (ending: string) => graph.named(ending).id;
const arn = (ending: string) => graph.named(ending).state.arn;

describe("the network", () => {
  test("is new: two public subnets in two zones, each with a way out and none through a NAT gateway", () => {
    expect(inputs("public-a")).toMatchObject({
      cidrBlock: "10.83.0.0/20",
      availabilityZone: "eu-west-1a",
      vpcId: id("network-vpc"),
    });
    expect(inputs("public-b")).toMatchObject({
      cidrBlock: "10.83.16.0/20",
      availabilityZone: "eu-west-1b",
      vpcId: id("network-vpc"),
    });
    expect(inputs("network-routes").routes).toEqual([{ cidrBlock: "0.0.0.0/0", gatewayId: id("network-gateway") }]);
    for (const subnet of ["public-a", "public-b"]) {
      expect(inputs(`${subnet}-routes`)).toEqual({ subnetId: id(subnet), routeTableId: id("network-routes") });
    }
    expect(graph.ofType("aws:ec2/natGateway:NatGateway")).toEqual([]);
  });

  test("reaches table and bucket through gateway endpoints", () => {
    for (const service of ["dynamodb", "s3"]) {
      expect(inputs(`network-${service}`)).toMatchObject({
        serviceName: `com.amazonaws.eu-west-1.${service}`,
        vpcEndpointType: "Gateway",
        routeTableIds: [id("network-routes")],
      });
    }
  });

  test("may be one that exists: then nothing of it is made, and each subnet gets an address", async () => {
    const existing = await tenantFrontGraph({
      network: { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2", "subnet-3"] },
    });
    expect(existing.nodes.filter(({ type }) => /ec2\/(vpc|subnet|route|internet)/.test(type))).toEqual([]);
    expect(existing.named("lb-nlb").inputs.subnetMappings).toEqual(
      [1, 2, 3].map((at) => ({ subnetId: `subnet-${at}`, allocationId: `dev-lb-address-${at}-id` })),
    );
    expect(existing.named("fronts-group").inputs.vpcZoneIdentifiers).toEqual(["subnet-1", "subnet-2", "subnet-3"]);
    expect(existing.named("lb-http").inputs.vpcId).toBe("vpc-1");
  });
});

describe("the load balancer", () => {
  test("is a network load balancer on static addresses, over all zones", () => {
    expect(inputs("lb-nlb")).toMatchObject({
      loadBalancerType: "network",
      internal: false,
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: true,
      securityGroups: [id("firewall-load-balancer")],
      subnetMappings: [
        { subnetId: id("public-a"), allocationId: id("address-1") },
        { subnetId: id("public-b"), allocationId: id("address-2") },
      ],
    });
    expect(graph.named("lb-nlb").deleteBeforeReplace).toBe(true);
    // AWS refuses a public load balancer in a network that has no Internet gateway yet.
    expect(graph.named("lb-nlb").dependencies).toContain(graph.named("network-gateway").urn);
  });

  test.each([
    ["http", 80],
    ["https", 443],
  ])("passes %s on as TCP, to fronts that say they are ready", (what, port) => {
    expect(inputs(`lb-${what}`)).toMatchObject({
      port,
      protocol: "TCP",
      targetType: "instance",
      vpcId: id("network-vpc"),
      healthCheck: { protocol: "HTTP", port: "8404", path: "/healthz", interval: 10 },
    });
    expect(inputs(`lb-${what}-listener`)).toMatchObject({
      port,
      protocol: "TCP",
      loadBalancerArn: arn("lb-nlb"),
      defaultActions: [{ type: "forward", targetGroupArn: arn(`lb-${what}`) }],
    });
  });
});

describe("an idle connection", () => {
  test("is ended by the front, which says so, before the load balancer forgets it silently", () => {
    const { settings } = readFrontUserData(
      Buffer.from(String(inputs("fronts-template").userData), "base64").toString(),
    );
    const seconds = { s: 1, m: 60, h: 3_600 };
    const timeouts = [
      ...haproxyConfig(settings, "3.0.11").matchAll(
        /^ *timeout (?:client|server|tunnel|http-keep-alive) (\d+)([smh])$/gm,
      ),
    ].map(([, count, unit]) => Number(count) * seconds[unit as keyof typeof seconds]);
    expect(timeouts.length).toBeGreaterThan(3);
    for (const what of ["http", "https"]) {
      expect(inputs(`lb-${what}-listener`).tcpIdleTimeoutSeconds).toBeGreaterThan(Math.max(...timeouts));
    }
  });
});

describe("the fronts", () => {
  const userData = (of = graph) => Buffer.from(String(inputs("fronts-template", of).userData), "base64").toString();

  test("are told by their user data what the rest of the stack is called", () => {
    expect(readFrontUserData(userData())).toEqual({
      settings: {
        front: "",
        stack: "dev",
        region: "eu-west-1",
        table: inputs("store-table").name,
        responder: inputs("responder-function").name,
        logGroup: inputs("fronts-logs").name,
        defaultUpstream: "http://app.example.org:8080",
        directory: "/var/lib/certfront",
        haproxyConfig: "/etc/haproxy/haproxy.cfg",
        socket: "/run/haproxy/certfront.sock",
        bind: "0.0.0.0",
        httpPort: 80,
        httpsPort: 443,
        healthPort: 8404,
        syncSeconds: 2,
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
      blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }],
      networkInterfaces: [{ associatePublicIpAddress: "true", securityGroups: [id("firewall-fronts")] }],
    });
    expect(template.keyName).toBeUndefined();
    const intel = await tenantFrontGraph({ fronts: { min: 2, max: 4, instanceType: "c7i.large" } });
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
      launchTemplate: { id: id("fronts-template"), version: "1" },
      targetGroupArns: [arn("lb-http"), arn("lb-https")],
      vpcZoneIdentifiers: [id("public-a"), id("public-b")],
      healthCheckType: "ELB",
      minElbCapacity: 2,
      maxInstanceLifetime: 2_592_000,
      instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 110 },
      instanceRefresh: { strategy: "Rolling", preferences: { minHealthyPercentage: 100, maxHealthyPercentage: 110 } },
    });
    // Until the grace period ends a front counts as healthy whatever it serves: no old one may go before.
    const { healthCheckGracePeriod, instanceRefresh } = inputs("fronts-group");
    const { instanceWarmup } = (instanceRefresh as { preferences: { instanceWarmup: string } }).preferences;
    expect(Number(instanceWarmup)).toBeGreaterThan(Number(healthCheckGracePeriod));
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

  test("have Session Manager only where asked for", async () => {
    expect(userData()).not.toContain("amazon-ssm-agent");
    const asked = await tenantFrontGraph({ fronts: { min: 2, max: 4, sessionManager: true } });
    expect(userData(asked)).toContain("amazon-ssm-agent");
    expect(String(inputs("fronts-policy", asked).policy)).toContain("ssmmessages:OpenDataChannel");
  });
});

describe("the table", () => {
  test("has the keys, indexes and time to live of the store's schema", () => {
    expect(inputs("store-table")).toMatchObject({
      billingMode: "PAY_PER_REQUEST",
      hashKey: TABLE_SCHEMA.hashKey,
      rangeKey: TABLE_SCHEMA.rangeKey,
      attributes: TABLE_SCHEMA.attributes,
      globalSecondaryIndexes: TABLE_SCHEMA.indexes,
      ttl: { attributeName: "ttl", enabled: true },
    });
  });
});

describe("the functions", () => {
  const AWS_ADDRESSES = '["192.0.2.1","192.0.2.2"]';

  test.each(["issuer", "responder", "monitor"])(
    "%s runs the bundle on arm64 with its own log and no retries",
    (name) => {
      expect(inputs(`${name}-function`)).toMatchObject({
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.handler",
        role: arn(`${name}-role`),
        loggingConfig: { logFormat: "JSON", logGroup: inputs(`${name}-logs`).name },
      });
      expect(inputs(`${name}-logs`).retentionInDays).toBe(30);
      expect(inputs(`${name}-async`)).toMatchObject({ maximumRetryAttempts: 0 });
    },
  );

  test("get the environment that they read", () => {
    const table = inputs("store-table").name;
    const issuer = inputs("issuer-function").environment as { variables: Record<string, string> };
    expect(issuer.variables).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      STACK: "dev",
      TABLE_NAME: table,
      CAS: expect.any(String),
      CONTACT: "ops@example.org",
      ACCOUNT_KEY_PARAMETER: inputs("account-parameter").name,
      ADDRESSES: AWS_ADDRESSES,
      CNAME_TARGET: graph.named("lb-nlb").state.dnsName,
    });
    expect(JSON.parse(String(issuer.variables.CAS))).toEqual([
      { name: "letsencrypt", directory: "https://acme.example/le", caaIdentities: ["letsencrypt.org"] },
      {
        name: "zerossl",
        directory: "https://acme.example/zero",
        caaIdentities: ["sectigo.com"],
        eab: { kid: "kid-1", hmacKeyParameter: inputs("account-eab-zerossl").name },
      },
    ]);
    expect(inputs("responder-function").environment).toEqual({
      variables: { NODE_OPTIONS: "--enable-source-maps", STACK: "dev", TABLE_NAME: table },
    });
    const monitor = inputs("monitor-function").environment as { variables: Record<string, string> };
    expect(Object.keys(monitor.variables).sort()).toEqual(
      ["ADDRESSES", "CAS", "CNAME_TARGET", "NODE_OPTIONS", "STACK", "TABLE_NAME"].sort(),
    );
    expect(monitor.variables.CAS).not.toContain("eab");
  });

  test.each([
    ["reconcile", "rate(1 minute)", "issuer", "reconcile"],
    ["rotate-ticket-keys", "rate(8 hours)", "issuer", "rotate-ticket-keys"],
    ["sweep", "rate(1 hour)", "monitor", "sweep"],
  ])("are called for %s at %s", (schedule, expression, fn, operation) => {
    expect(inputs(`schedules-${schedule}`)).toMatchObject({
      scheduleExpression: expression,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: arn(`${fn}-function`),
        roleArn: arn("schedules-role"),
        input: JSON.stringify({ operation }),
        deadLetterConfig: { arn: arn("schedules-dead-letters") },
      },
    });
  });

  test("apply the list that lies in the bucket", () => {
    expect(inputs("apply-invocation")).toMatchObject({
      functionName: inputs("issuer-function").name,
      input: JSON.stringify({ operation: "apply", bucket: inputs("artifacts-tenants").bucket, key: "tenants.json" }),
      triggers: { tenants: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });
});

describe("the alarms", () => {
  test("are those of the definitions, and come when all that must speak is there", () => {
    const context = {
      stack: "dev",
      functions: { issuer: "i", responder: "r", monitor: "m" },
      deadLetterQueue: "q",
      loadBalancer: "l",
      targetGroup: "t",
      logGroups: { issuer: "i", monitor: "m", fronts: "f" },
    };
    const made = [
      ...graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm"),
      ...graph.ofType("aws:cloudwatch/compositeAlarm:CompositeAlarm"),
    ];
    expect(made.map(({ inputs: { name, alarmName } }) => name ?? alarmName).sort()).toEqual(
      alarmDefinitions(context)
        .map(({ name }) => name)
        .sort(),
    );
    // An alarm is made after its component, and that after what it depends on.
    const component = graph.named("dev-alarms");
    expect(graph.named("alarms-monitor-silent").parent).toBe(component.urn);
    for (const ending of ["apply-invocation", "schedules-sweep", "fronts-group"]) {
      expect(component.dependencies).toContain(graph.named(ending).urn);
    }
  });

  test("ring at the stack's topic, which mails, or at the user's own", async () => {
    expect(inputs("alarms-page")).toMatchObject({
      alarmActions: [arn("alarms-topic")],
      okActions: [arn("alarms-topic")],
    });
    expect(inputs("alarms-email")).toMatchObject({ protocol: "email", endpoint: "ops@example.org" });
    const topicArn = "arn:aws:sns:eu-west-1:111122223333:ops";
    const own = await tenantFrontGraph({ alarms: { topicArn } });
    expect(inputs("alarms-page", own).alarmActions).toEqual([topicArn]);
    expect(own.ofType("aws:sns/topic:Topic")).toEqual([]);
  });

  test("measure the functions, the load balancer and the queue that were made", () => {
    expect(inputs("alarms-issuer-errors").dimensions).toEqual({ FunctionName: inputs("issuer-function").name });
    expect(inputs("alarms-dead-letters").dimensions).toEqual({ QueueName: inputs("schedules-dead-letters").name });
    expect(inputs("alarms-no-healthy-front").dimensions).toEqual({
      LoadBalancer: graph.named("lb-nlb").state.arnSuffix,
      TargetGroup: graph.named("lb-https").state.arnSuffix,
    });
  });
});

describe("DNS records for tenants", () => {
  test.each([
    ["example.org", "A"],
    ["example.co.uk", "A"],
    ["www.example.org", "CNAME"],
    ["data.paris.example.net", "CNAME"],
  ])("%s needs %s", (name, type) => {
    expect(dnsRecord(name, ["192.0.2.1", "192.0.2.2"], "lb.example")).toEqual({
      name,
      type,
      values: type === "A" ? ["192.0.2.1", "192.0.2.2"] : ["lb.example"],
    });
  });

  test("are shown for the first names only", async () => {
    let shown = 0;
    await graphOf(() => {
      const tenants = Array.from({ length: 50 }, (_, at) => ({
        domain: `t${at}.example.org`,
        aliases: [`u${at}.example.org`],
      }));
      const front = new TenantFront("dev", { ...TEST_ARGS, tenants });
      shown = dnsRecords(front.tenants, [], "lb").length;
      expect(front.tenants.flatMap(namesOf)).toHaveLength(100);
      return undefined;
    });
    expect(shown).toBe(MOST_RECORDS);
  });
});

describe("a stack in any commercial region", () => {
  test("names that region and no other", async () => {
    const place = { ...TEST_PLACE, region: "ap-southeast-2" };
    const there = await tenantFrontGraph({}, "dev", place);
    const everything = JSON.stringify(there.nodes.map((node) => [node.inputs, node.outputs]));
    expect(everything).toContain("ap-southeast-2a");
    expect(everything).toContain("arn:aws:lambda:ap-southeast-2:");
    expect(
      everything
        .match(/\b(us|eu|ca|sa|af|me|ap)-(north|south|east|west|central)[a-z]*-\d\b/g)
        ?.filter((region) => region !== place.region),
    ).toEqual([]);
    const userData = Buffer.from(String(inputs("fronts-template", there).userData), "base64").toString();
    expect(userData).toContain('"region": "ap-southeast-2"');
  });
});

describe("two fleets in one program", () => {
  test("share no name", async () => {
    const both = await graphOf(() => {
      new TenantFront("web", TEST_ARGS);
      new TenantFront("api", TEST_ARGS);
      return undefined;
    });
    const names = both.nodes.flatMap(({ type, inputs: { name, alarmName, dashboardName } }) => {
      const given = name ?? alarmName ?? dashboardName;
      return given === undefined ? [] : [`${type} ${given}`];
    });
    expect(names.length).toBeGreaterThan(80);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

describe("a stack of any name", () => {
  test("keeps AWS' limits on names", async () => {
    const LIMITS: Record<string, [key: string, limit: number]> = {
      "aws:lb/loadBalancer:LoadBalancer": ["name", 32],
      "aws:lb/targetGroup:TargetGroup": ["name", 32],
      "aws:lambda/function:Function": ["name", 64],
      "aws:scheduler/schedule:Schedule": ["name", 64],
      "aws:sqs/queue:Queue": ["name", 80],
      "aws:iam/role:Role": ["namePrefix", 38],
      "aws:iam/instanceProfile:InstanceProfile": ["namePrefix", 102],
      "aws:s3/bucket:Bucket": ["bucketPrefix", 37],
      "aws:dynamodb/table:Table": ["name", 255],
      "aws:sns/topic:Topic": ["name", 256],
      "aws:ec2/launchTemplate:LaunchTemplate": ["name", 128],
      "aws:autoscaling/group:Group": ["name", 255],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["name", 255],
      "aws:cloudwatch/logGroup:LogGroup": ["name", 512],
      "aws:ssm/parameter:Parameter": ["name", 1011],
    };
    const named = await tenantFrontGraph({}, longest);
    for (const [type, [key, limit]] of Object.entries(LIMITS)) {
      const nodes = named.ofType(type);
      expect([type, nodes.length]).not.toEqual([type, 0]);
      for (const { inputs: given } of nodes) {
        expect([type, given[key]]).toEqual([type, expect.stringMatching(new RegExp(`^.{1,${limit}}$`))]);
      }
    }
  });

  test("keeps the limit of user data, with all that can be in it", async () => {
    const named = await tenantFrontGraph({ fronts: { min: 2, max: 4, sessionManager: true } }, longest);
    const bytes = Buffer.from(String(inputs("fronts-template", named).userData), "base64").length;
    expect(bytes).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
  });
});
