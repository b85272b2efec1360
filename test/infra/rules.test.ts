import { parseTenants } from "../../core/tenant/config";
import { namesOf } from "../../core/tenant/tenant";
import { CONFIG_DEFAULTS } from "../../infra/config/config";
import { isProperties, type Value } from "../../local/engine/wire";
import type { Graph, RegisteredResource } from "../../testing/graph";
import { TEST_ARGS, tenantFrontGraph } from "../../testing/tenant-front";

const STACK = "pulumi:pulumi:Stack";
let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph();
});

function parentOf(node: RegisteredResource): RegisteredResource | undefined {
  return graph.nodes.find((candidate) => candidate.urn === node.parent);
}

function textsIn(value: Value | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isProperties(value) ? Object.values(value).flatMap(textsIn) : [];
}

describe("every resource", () => {
  test("has a parent, and a name under its parent's", () => {
    for (const node of graph.nodes.filter(({ type }) => type !== STACK)) {
      const parent = parentOf(node);
      expect(parent && [node.name, node.urn]).toBeDefined();
      if (parent && parent.type !== STACK) expect(node.name).toMatch(new RegExp(`^${parent.name}-`));
    }
  });

  test("that is a component is called certfront:…, and registers its outputs", () => {
    const components = graph.nodes.filter((node) => !node.custom && node.type !== STACK);
    expect(components.length).toBeGreaterThan(10);
    for (const { name, type, outputs } of components) {
      expect([name, type]).toEqual([name, expect.stringMatching(/^certfront:infra:[A-Z]/)]);
      expect([name, Object.keys(outputs ?? {}).length]).not.toEqual([name, 0]);
    }
  });

  test("that can carry tags carries the user's and the stack's", () => {
    const tagged = graph.nodes.filter(({ inputs }) => isProperties(inputs.tags));
    expect(tagged.length).toBeGreaterThan(40);
    for (const { name, inputs } of tagged) {
      expect([name, inputs.tags]).toEqual([name, expect.objectContaining({ team: "web", certfront: "dev" })]);
    }
    const group = graph.named("fronts-group").inputs.tags;
    expect(group).toContainEqual({ key: "team", value: "web", propagateAtLaunch: false });
  });
});

describe("the number of tenants", () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `t${at}.example.org`);

  test("changes no resource but the list and the call that applies it", async () => {
    const [one, tenThousand] = [
      await tenantFrontGraph({ tenants: many(1) }),
      await tenantFrontGraph({ tenants: many(10_000) }),
    ];
    expect(tenThousand.nodes.map(({ urn }) => urn).sort()).toEqual(one.nodes.map(({ urn }) => urn).sort());
    const changed = one.nodes.filter(
      (node) =>
        JSON.stringify(node.inputs) !== JSON.stringify(tenThousand.nodes.find(({ urn }) => urn === node.urn)?.inputs),
    );
    expect(changed.map(({ name }) => name).sort()).toEqual(["dev-apply-invocation", "dev-artifacts-tenants"]);
    expect(JSON.stringify(tenThousand.named("apply-invocation").inputs).length).toBeLessThan(500);
  });

  test("is told to apply by the hash of the list alone", async () => {
    const again = await tenantFrontGraph();
    expect(again.named("apply-invocation").inputs).toEqual(graph.named("apply-invocation").inputs);
    const { triggers } = (await tenantFrontGraph({ tenants: ["example.org"] })).named("apply-invocation").inputs;
    expect(triggers).not.toEqual(graph.named("apply-invocation").inputs.triggers);
  });

  test("is in the list as the user wrote it, and what apply reads parses", () => {
    const source = graph.named("artifacts-tenants").inputs.source;
    const list = JSON.parse(isProperties(source) ? String(source.text) : "");
    expect(list).toEqual({
      version: 1,
      tenants: TEST_ARGS.tenants,
      settings: { caNames: ["letsencrypt", "zerossl"], oneMachine: false },
    });
    expect(parseTenants(list.tenants, list.settings).flatMap(namesOf)).toHaveLength(3);
  });

  test("that is wrong makes no resource at all", async () => {
    await expect(tenantFrontGraph({ tenants: ["example.org", "not a name", "example.org"] })).rejects.toThrow(
      /^2 problems in the configuration:\n {2}tenants\[1\].*\n {2}tenants\[2\]/,
    );
  });
});

describe("a rule of the firewall", () => {
  /** What EC2 takes in a rule's description (API reference, IpRange). */
  const DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

  test("says what it is for, in characters that EC2 takes", () => {
    const rules = graph.nodes.filter(({ type }) => /securityGroup(In|E)gressRule/.test(type));
    expect(rules.length).toBeGreaterThan(5);
    for (const { inputs } of rules) expect(inputs.description).toMatch(DESCRIPTION);
  });
});

describe("the world", () => {
  const WORLD = ["0.0.0.0/0", "::/0"];

  test("reaches :80 and :443 of the load balancer, and nothing else", () => {
    const balancer = graph.named("firewall-load-balancer").id;
    const open = graph
      .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ inputs }) => WORLD.includes(String(inputs.cidrIpv4 ?? inputs.cidrIpv6)))
      .map(({ inputs }) => [inputs.securityGroupId, inputs.ipProtocol, inputs.fromPort, inputs.toPort]);
    expect(open).toEqual([
      [balancer, "tcp", 80, 80],
      [balancer, "tcp", 443, 443],
    ]);
    for (const { inputs } of graph.ofType("aws:ec2/securityGroup:SecurityGroup"))
      expect(inputs.ingress).toBeUndefined();
  });

  test("reaches fronts through the load balancer only", () => {
    const fronts = graph.named("firewall-fronts").id;
    const ingress = graph
      .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ inputs }) => inputs.securityGroupId === fronts);
    expect(ingress.map(({ inputs }) => [inputs.referencedSecurityGroupId, inputs.fromPort, inputs.toPort])).toEqual(
      [80, 443, 8404].map((port) => [graph.named("firewall-load-balancer").id, port, port]),
    );
  });

  test("reaches no function by a URL, and no bucket", () => {
    expect(graph.nodes.filter(({ type }) => /functionUrl|lambda\/permission|apigateway/i.test(type))).toEqual([]);
    expect(graph.named("artifacts-private").inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
  });
});

describe("what is kept", () => {
  const key = () => graph.named("store-key").state;

  /** How each type of resource that keeps data is encrypted; a type that is not here is not allowed to keep any. */
  const ENCRYPTED: Record<string, (node: RegisteredResource) => boolean> = {
    "aws:dynamodb/table:Table": ({ inputs }) =>
      JSON.stringify(inputs.serverSideEncryption) === JSON.stringify({ enabled: true, kmsKeyArn: key().arn }),
    "aws:cloudwatch/logGroup:LogGroup": ({ inputs }) => inputs.kmsKeyId === key().arn,
    "aws:sns/topic:Topic": ({ inputs }) => inputs.kmsMasterKeyId === key().keyId,
    "aws:sqs/queue:Queue": ({ inputs }) => inputs.sqsManagedSseEnabled === true,
    // The stack's outputs are for whoever may read the name of a table; nothing in them is secret.
    "aws:ssm/parameter:Parameter": ({ name, inputs }) =>
      name === "dev-access-outputs"
        ? inputs.type === "String"
        : inputs.type === "SecureString" && inputs.keyId === key().arn,
    "aws:s3/bucket:Bucket": ({ id }) =>
      graph
        .ofType("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
        .some(
          ({ parent, inputs }) =>
            parent === graph.nodes.find((node) => node.id === id)?.parent && inputs.rules !== undefined,
        ),
    "aws:ec2/launchTemplate:LaunchTemplate": ({ inputs }) =>
      (inputs.blockDeviceMappings as { ebs: { encrypted: string } }[]).every(({ ebs }) => ebs.encrypted === "true"),
  };
  const KEEPS_DATA =
    /^aws:(dynamodb|s3\/bucket:|sns\/topic:|sqs|ssm\/parameter|ebs|rds|efs|elasticache|secretsmanager|cloudwatch\/logGroup|ec2\/launchTemplate|ec2\/instance)/;

  test("is encrypted, each in its own way", () => {
    const keeping = graph.nodes.filter(({ type }) => KEEPS_DATA.test(type));
    expect(new Set(keeping.map(({ type }) => type))).toEqual(new Set(Object.keys(ENCRYPTED)));
    for (const node of keeping) expect([node.name, ENCRYPTED[node.type]?.(node)]).toEqual([node.name, true]);
  });

  test("and cannot be made again refuses to be destroyed, unless the user says so", async () => {
    const guarded = (of: Graph) => of.nodes.filter(({ custom, protect }) => custom && protect).map(({ name }) => name);
    const own = graph.nodes.filter(({ custom }) => custom);
    const serving = /^dev-(store|keys|network|firewall|lb|fronts|placement)|^dev-account-(key|parameter)$|^dev-lock$/;
    expect(guarded(graph)).toEqual(own.map(({ name }) => name).filter((name) => serving.test(name)));
    expect(guarded(graph)).toEqual(
      expect.arrayContaining(
        ["lb-https-listener", "fronts-group", "fronts-policy", "network-routes", "firewall-world-443"].map(
          (ending) => graph.named(ending).name,
        ),
      ),
    );
    expect(graph.named("store-table").inputs).toMatchObject({
      deletionProtectionEnabled: true,
      pointInTimeRecovery: { enabled: true },
    });
    // What is in no backup does not outlive its time.
    const transient = graph.named("store-transient").inputs;
    expect([transient.pointInTimeRecovery, transient.streamEnabled, transient.replicas]).toEqual(
      Array(3).fill(undefined),
    );
    // Taking a CA out of the list takes its binding with it.
    expect(guarded(graph)).not.toContain("dev-account-eab-zerossl");
    const open = await tenantFrontGraph({ protect: false });
    expect(guarded(open)).toEqual([]);
    expect(open.named("store-table").inputs.deletionProtectionEnabled).toBe(false);
    expect(open.named("lb-nlb").inputs.enableDeletionProtection).toBe(false);
  });
});

describe("a destroy that nobody meant", () => {
  test("meets one protected resource that depends on every other, so that nothing goes before it is refused", () => {
    const lock = graph.named("dev-lock");
    expect(lock.protect).toBe(true);
    const others = graph.nodes.filter(({ custom, name }) => custom && name !== lock.name);
    const free = others.filter(({ urn, protect }) => !protect && !lock.dependencies.includes(urn));
    expect(free.map(({ name }) => name)).toEqual([]);
  });

  test("rings nothing when it is meant: alarms go before what they watch", () => {
    for (const alarm of graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm")) {
      for (const watched of ["fronts-group", "apply-invocation", "schedules-sweep"]) {
        expect([alarm.name, alarm.dependencies]).toEqual([
          alarm.name,
          expect.arrayContaining([graph.named(watched).urn]),
        ]);
      }
    }
  });
});

describe("secrets", () => {
  const SECRETS = ["binding-hmac-secret", "BEGIN PRIVATE KEY"];

  test("are in encrypted parameters only, marked as secret", () => {
    const holding = graph.nodes.filter(({ inputs }) =>
      textsIn(inputs).some((text) => SECRETS.some((secret) => text.includes(secret))),
    );
    expect(holding.map(({ name, secretInputs }) => [name, secretInputs])).toEqual([
      ["dev-account-eab-zerossl", ["value"]],
      ["dev-account-parameter", ["value"]],
    ]);
  });

  test("are in no output", () => {
    const outputs = graph.nodes.map((node) => JSON.stringify(node.outputs ?? {})).join();
    for (const secret of SECRETS) expect(outputs).not.toContain(secret);
  });

  test("of certificates are nowhere: the program makes one key, the account's", () => {
    expect(graph.nodes.filter(({ type }) => type.startsWith("tls:")).map(({ name }) => name)).toEqual([
      "dev-account-key",
    ]);
    expect(graph.nodes.filter(({ type }) => /acm\/|serverCertificate|locallySigned|selfSigned/.test(type))).toEqual([]);
  });
});

describe("a new account's quotas", () => {
  test("hold the default stack: 5 Elastic IPs, no reserved concurrency", () => {
    expect(graph.ofType("aws:ec2/eip:Eip")).toHaveLength(2);
    for (const { inputs } of graph.ofType("aws:lambda/function:Function")) {
      expect(inputs.reservedConcurrentExecutions).toBeUndefined();
    }
  });

  test("hold the most fronts and one in exchange: 5 vCPU of one each", () => {
    const { inputs } = graph.named("fronts-group");
    const refresh = inputs.instanceRefresh as {
      preferences: { minHealthyPercentage: number; maxHealthyPercentage: number };
    };
    const most = CONFIG_DEFAULTS.maxFronts;
    const inExchange = Math.max(1, Math.floor((most * (refresh.preferences.maxHealthyPercentage - 100)) / 100));
    expect(refresh.preferences.minHealthyPercentage).toBe(100);
    expect(graph.named("fronts-template").inputs.instanceType).toMatch(/\.medium$/);
    expect(most + inExchange).toBeLessThanOrEqual(5);
  });
});
