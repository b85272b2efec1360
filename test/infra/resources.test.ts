import { thumbprintOf } from "../../core/ca/challenge";
import { ownershipValue } from "../../core/tenant/ownership";
import { namesOf } from "../../core/tenant/tenant";
import { USER_DATA_LIMIT_BYTES } from "../../front/cloud-init";
import { alarmDefinitions } from "../../infra/alarms/definitions";
import { dnsRecord, dnsRecords } from "../../infra/network/dns-records";
import { TenantFront } from "../../infra/tenant-front";
import { TABLE_SCHEMA } from "../../store/schema";
import { ACCOUNT_PUBLIC_KEY, TEST_PLACE } from "../../testing/aws-answers";
import { type Graph, graphOf } from "../../testing/graph";
import { tenant } from "../../testing/records";
import { TEST_ARGS, tenantFrontGraph } from "../../testing/tenant-front";

const longest = "A.very_long-Stack".repeat(6).slice(0, 100);
let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph();
});

const inputs = (ending: string, of = graph) => of.named(ending).inputs;
const arn = (ending: string) => graph.named(ending).state.arn;

describe("the table", () => {
  test("has the keys, indexes and time to live of the store's schema", () => {
    expect(inputs("store-table")).toMatchObject({
      billingMode: "PAY_PER_REQUEST",
      hashKey: TABLE_SCHEMA.hashKey,
      rangeKey: TABLE_SCHEMA.rangeKey,
      attributes: TABLE_SCHEMA.attributes,
      globalSecondaryIndexes: TABLE_SCHEMA.indexes.map(({ hashKey, rangeKey, ...index }) => ({
        ...index,
        keySchemas: [
          { attributeName: hashKey, keyType: "HASH" },
          { attributeName: rangeKey, keyType: "RANGE" },
        ],
      })),
      ttl: { attributeName: "ttl", enabled: true },
    });
  });
});

describe("the functions", () => {
  const AWS_ADDRESSES = '["192.0.2.1","192.0.2.2"]';

  test.each(["issuer", "monitor"])("%s runs the bundle on arm64 with its own log and no retries", (name) => {
    expect(inputs(`${name}-function`)).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      role: arn(`${name}-role`),
      loggingConfig: { logFormat: "JSON", logGroup: inputs(`${name}-logs`).name },
    });
    expect(inputs(`${name}-logs`).retentionInDays).toBe(30);
    expect(inputs(`${name}-async`)).toMatchObject({ maximumRetryAttempts: 0 });
  });

  test("that work through many tenants have all the time that Lambda gives", () => {
    // A batch ends itself before; cut off sooner, a slow CA's orders would be taken up again and again.
    for (const name of ["issuer", "monitor"]) expect(inputs(`${name}-function`).timeout).toBe(900);
  });

  test("have memory for what they hold, and are not called for what is five minutes old", () => {
    expect(["issuer", "monitor"].map((name) => inputs(`${name}-function`).memorySize)).toEqual([1_024, 512]);
    for (const name of ["issuer", "monitor"]) expect(inputs(`${name}-async`).maximumEventAgeInSeconds).toBe(300);
  });

  test("get the environment that they read", () => {
    const table = inputs("store-table").name;
    const issuer = inputs("issuer-function").environment as { variables: Record<string, string> };
    expect(issuer.variables).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      STACK: "certfront-dev",
      TABLE_NAME: table,
      TRANSIENT_TABLE: inputs("store-transient").name,
      SEAL_KEY: arn("keys-key"),
      CAS: expect.any(String),
      CONTACT: "ops@example.org",
      ACCOUNT_KEY_PARAMETER: inputs("account-parameter").name,
      ACCOUNT_THUMBPRINT: thumbprintOf(ACCOUNT_PUBLIC_KEY),
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
        // The next call comes within a minute: one that waited longer would only overlap it.
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 1 },
        deadLetterConfig: { arn: arn("schedules-dead-letters") },
      },
    });
  });

  test("that could not be called are on record for two weeks", () => {
    expect(inputs("schedules-dead-letters").messageRetentionSeconds).toBe(14 * 86_400);
  });

  test("apply the list that lies in the bucket", () => {
    const { bucket, key, source } = inputs("artifacts-tenants");
    const { triggers, input, functionName } = inputs("apply-invocation");
    const { tenants: sha256 } = triggers as { tenants: string };
    expect(functionName).toBe(inputs("issuer-function").name);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    // The list is named by its hash, which the event carries too.
    expect(key).toBe(`tenants-${sha256}.json`);
    expect(JSON.parse(String(input))).toEqual({ operation: "apply", bucket, key, sha256 });
    expect(source).toBeDefined();
  });
});

describe("the alarms", () => {
  test("are those of the definitions, and come when all that must speak is there", () => {
    const context = {
      stack: "certfront-dev",
      pulumiStack: "dev",
      called: "dev",
      frontGroup: "g",
      minFronts: 2,
      functions: { issuer: "i", monitor: "m" },
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
    // Commands in a mail at night are pasted: with the names that there are, stack and region.
    const group = String(graph.named("fronts-group").inputs.name);
    expect(inputs("alarms-no-healthy-front").alarmDescription).toContain(
      `\`aws autoscaling describe-scaling-activities --auto-scaling-group-name ${group} --max-items 3 --region eu-west-1\``,
    );
    expect(inputs("alarms-fronts-stale").alarmDescription).toContain("`npx certfront status --stack dev`");
    for (const { inputs: alarm } of made) expect(alarm.alarmDescription).not.toMatch(/REGION|undefined/);
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

  test("that page ring at a topic of their own where there is one", async () => {
    const page = { topicArn: "arn:aws:sns:eu-west-1:111122223333:pager" };
    const apart = await tenantFrontGraph({ alarms: { email: "ops@example.org", page } });
    expect(inputs("alarms-page", apart).alarmActions).toEqual([page.topicArn]);
    expect(inputs("alarms-front-lag", apart).alarmActions).toEqual([apart.named("alarms-topic").state.arn]);
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

  test("say how an owner proves the names, once for all below the same one", () => {
    const owned = tenant("a.example", { aliases: ["www.a.example", "b.example"], owner: "anna" });
    const value = ownershipValue("test-dev", "anna");
    const proofs = dnsRecords([owned, tenant("c.example")], [], "lb", "test-dev").filter(({ type }) => type === "TXT");
    expect(proofs).toEqual([
      { name: "_certfront.a.example", type: "TXT", values: [value] },
      { name: "_certfront.b.example", type: "TXT", values: [value] },
    ]);
  });

  test("are shown for the first names only", async () => {
    let shown = 0;
    await graphOf(() => {
      const tenants = Array.from({ length: 50 }, (_, at) => ({
        domain: `t${at}.example.org`,
        aliases: [`u${at}.example.org`],
      }));
      const front = new TenantFront("dev", { ...TEST_ARGS, tenants });
      shown = dnsRecords(front.tenants, [], "lb", "test-dev").length;
      expect(front.tenants.flatMap(namesOf)).toHaveLength(100);
      return undefined;
    });
    expect(shown).toBe(20);
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

  test.each([
    ["aws-us-gov", "amazonaws.com", "us-gov-west-1", "console.amazonaws-us-gov.com"],
    ["aws-cn", "amazonaws.com.cn", "cn-north-1", "console.amazonaws.cn"],
    ["aws-eusc", "amazonaws.eu", "eusc-de-east-1", "console.amazonaws.eu"],
  ])(
    "or in the partition %s: by its own names, of which no part holds a list",
    async (partition, dnsSuffix, region, host) => {
      const sessions = { fronts: { min: 2, max: 4, sessionManager: true } };
      const there = await tenantFrontGraph(sessions, "dev", { ...TEST_PLACE, partition, dnsSuffix, region });
      const userData = Buffer.from(String(inputs("fronts-template", there).userData), "base64").toString();
      expect(userData).toContain(`"dnsSuffix":"${dnsSuffix}"`);
      expect(userData).toContain(`https://s3.${region}.${dnsSuffix}/amazon-ssm-${region}/`);
      expect(JSON.stringify(there.nodes.map((node) => node.inputs))).not.toMatch(/arn:aws:/);
      expect(String(there.outputs.console)).toContain(`https://${region}.${host}/`);
    },
  );
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
