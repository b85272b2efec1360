import * as fs from "node:fs";
import * as path from "node:path";
import { CALLS, DOCTOR, LOOKUPS } from "../../infra/account/calls";
import { type DeployedAs, deployerPolicies, deployerStatements } from "../../infra/account/deployer-policy";
import { TEST_PLACE } from "../../testing/aws-answers";
import type { Graph, RegisteredResource } from "../../testing/graph";
import { isAllowed } from "../../testing/simulate-iam";
import { tenantFrontGraph } from "../../testing/tenant-front";
import { TO_FILL_IN } from "../../tools/deployer-docs";

const ROOT = path.join(__dirname, "..", "..");
const { accountId: account, partition, region } = TEST_PLACE;
const POLICY = bothOf({ partition, region, account, stack: "certfront-dev", name: "dev" });
/** A managed policy's size, white space apart (IAM quotas). */
const MOST_CHARACTERS = 6_144;

let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph({
    cname: { name: "edge.example.com", zoneId: "Z1" },
    fronts: { min: 2, max: 4, sessionManager: true },
  });
});

/** IAM joins the policies of a principal. */
function bothOf(as: DeployedAs): string {
  const { network, parts } = deployerPolicies(as) as Record<"network" | "parts", { Statement: object[] }>;
  return JSON.stringify({ Version: "2012-10-17", Statement: [...network.Statement, ...parts.Statement] });
}

const onAws = () => graph.nodes.filter(({ type }) => type.startsWith("aws:"));
const context = {
  "aws:ResourceTag/certfront": "dev",
  "aws:RequestedRegion": region,
};

/** An action that knows no such resource is asked about all. */
async function allowed(
  action: string,
  resource: string,
  more: Record<string, string> = {},
  itsOwn?: string,
): Promise<boolean> {
  const ask = (of: string) => isAllowed({ action, resource: of, context: { ...context, ...more } }, POLICY, itsOwn);
  return ask(resource).catch(() => ask("*"));
}

/** A key's own policy has to agree. */
const keyPolicyOf = ({ type, inputs }: RegisteredResource) =>
  type === "aws:kms/key:Key" ? String(inputs.policy) : undefined;

function arnsOf({ state, type }: RegisteredResource): string[] {
  const arn = typeof state.arn === "string" ? [state.arn] : [];
  return type === "aws:cloudwatch/logGroup:LogGroup" ? arn.map((one) => `${one}:*`).concat(arn) : arn;
}

describe("the deployer's policy", () => {
  test("knows the calls of every type that the program uses, and of no other", () => {
    expect([...new Set(onAws().map(({ type }) => type))].sort()).toEqual(Object.keys(CALLS).sort());
  });

  test("allows each of them on what the program makes, by the names that it gives", async () => {
    const refused: string[] = [];
    let asked = 0;
    for (const node of onAws()) {
      for (const action of CALLS[node.type] ?? []) {
        const [service] = action.split(":");
        const [arn] = arnsOf(node).filter((one) => one.split(":")[2] === service);
        if (arn === undefined || action === "iam:PassRole") continue;
        asked++;
        if (!(await allowed(action, arn, {}, keyPolicyOf(node)))) refused.push(`${action} on ${arn}`);
      }
    }
    expect(refused).toEqual([]);
    expect(asked).toBeGreaterThan(200);
  });

  test("names only actions that IAM knows", async () => {
    for (const action of new Set([...Object.values(CALLS).flat(), ...LOOKUPS, ...DOCTOR])) {
      // Throws for an action that there is not.
      await allowed(action, "*");
    }
    await expect(allowed("ec2:MakeVpc", "*")).rejects.toThrow("ec2:MakeVpc");
  });

  test("has every call that other people's tools make of the program's resources (proof/graph)", () => {
    const made = ["data", "functions", "network"].flatMap((part) => {
      const source = fs.readFileSync(path.join(ROOT, `proof/graph/calls_${part}.py`), "utf8");
      const direct = [...source.matchAll(/\bcall\(\s*"(\w+)", "(\w+)"/g)].map(
        ([, service, name]) => `${service}:${name}`,
      );
      const ec2 = [...source.matchAll(/\bec2\("[\w-]+", "(\w+)"/g)].map(([, name]) => `ec2:${name}`);
      const bucket = [...source.matchAll(/"(PutBucket\w+|PutPublicAccessBlock)"/g)].map(([, name]) => `s3:${name}`);
      return [...direct, ...ec2, ...bucket];
    });
    /** Where IAM's name is not the operation's. */
    const called: Record<string, string> = {
      "lambda:Invoke": "lambda:InvokeFunction",
      "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
      "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
      "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    };
    const known = new Set(Object.values(CALLS).flat());
    const names = made.map((name) => called[name] ?? name.replace(/^elbv2:/, "elasticloadbalancing:"));
    expect(names.length).toBeGreaterThan(40);
    // Hooks of the group are other people's translation of what the program does not make; the zone stands for the operator's own.
    const others = ["autoscaling:PutLifecycleHook", "route53:CreateHostedZone"];
    expect(names.filter((name) => !known.has(name) && !others.includes(name))).toEqual([]);
  });

  test.each([
    ["dynamodb:DeleteTable", `arn:aws:dynamodb:${region}:${account}:table/billing`, {}],
    ["iam:PutRolePolicy", `arn:aws:iam::${account}:role/admin`, {}],
    [
      "iam:PassRole",
      `arn:aws:iam::${account}:role/certfront-dev-issuer-1`,
      { "iam:PassedToService": "glue.amazonaws.com" },
    ],
    ["s3:PutObject", "arn:aws:s3:::payroll/a", {}],
    ["ec2:DeleteVpc", `arn:aws:ec2:${region}:${account}:vpc/vpc-1`, { "aws:ResourceTag/certfront": "other" }],
    ["kms:ScheduleKeyDeletion", `arn:aws:kms:${region}:${account}:key/k`, { "aws:ResourceTag/certfront": "other" }],
    ["ec2:RunInstances", `arn:aws:ec2:us-east-1:${account}:instance/*`, { "aws:RequestedRegion": "us-east-1" }],
    ["iam:CreateUser", `arn:aws:iam::${account}:user/x`, {}],
  ])("refuses %s on %s", async (action, resource, more) => {
    expect(await isAllowed({ action, resource, context: { ...context, ...more } }, POLICY)).toBe(false);
  });

  test("lets the doctor ask all that it asks, with these rights only", async () => {
    const asked: [action: string, resource: string][] = [
      ...DOCTOR.map((action): [string, string] => [action, "*"]),
      ["iam:GetRole", `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/whoever-deploys`],
    ];
    const refused: string[] = [];
    for (const [action, resource] of asked)
      if (!(await allowed(action, resource))) refused.push(`${action} ${resource}`);
    expect(refused).toEqual([]);
    // The simulator knows no parameter without an account, as AWS' own are.
    const image = deployerStatements({ partition, region, account, stack: "certfront-dev", name: "dev" }).filter(
      ({ Action }) => Action.includes("ssm:GetParameter"),
    );
    expect(image.flatMap(({ Resource }) => Resource)).toContain(
      `arn:aws:ssm:${region}::parameter/aws/service/debian/*`,
    );
  });

  test("lets a key be tagged as it is made, when it has no tag yet to be known by", async () => {
    const [key] = graph.ofType("aws:kms/key:Key");
    const tag = (name: string) =>
      isAllowed(
        {
          action: "kms:TagResource",
          resource: `arn:aws:kms:${region}:${account}:key/new`,
          context: { "aws:RequestedRegion": region, "aws:RequestTag/certfront": name },
        },
        POLICY,
        key && keyPolicyOf(key),
      );
    expect([await tag("dev"), await tag("other")]).toEqual([true, false]);
  });

  test.each(["production-in-europe-of-the-second-kind", "production-eur-west", "p"])(
    "knows names that are cut, of a stack called %s",
    async (name) => {
      const policy = bothOf({ partition, region, account, stack: `certfront-${name}`, name });
      const made = (await tenantFrontGraph({ protect: false }, name)).nodes.flatMap(({ type, inputs }) => {
        const called = String(inputs.namePrefix ?? inputs.bucketPrefix ?? inputs.name);
        const [action, arn] =
          {
            "aws:iam/role:Role": ["iam:CreateRole", `arn:aws:iam::${account}:role/${called}0`],
            "aws:iam/instanceProfile:InstanceProfile": [
              "iam:CreateInstanceProfile",
              `arn:aws:iam::${account}:instance-profile/${called}0`,
            ],
            "aws:s3/bucket:Bucket": ["s3:CreateBucket", `arn:aws:s3:::${called}0`],
            "aws:lb/targetGroup:TargetGroup": [
              "elasticloadbalancing:CreateTargetGroup",
              `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${called}/0`,
            ],
            "aws:lambda/function:Function": [
              "lambda:CreateFunction",
              `arn:aws:lambda:${region}:${account}:function:${called}`,
            ],
            "aws:scheduler/schedule:Schedule": [
              "scheduler:CreateSchedule",
              `arn:aws:scheduler:${region}:${account}:schedule/default/${called}`,
            ],
          }[type] ?? [];
        return action && arn ? [{ action, resource: arn, context: {} }] : [];
      });
      expect(made.length).toBeGreaterThan(9);
      const refused = [];
      for (const call of made) if (!(await isAllowed(call, policy))) refused.push(call.resource);
      expect(refused).toEqual([]);
    },
  );

  test("lets the program's roles be passed to the services they are for", async () => {
    const role = String(graph.ofType("aws:iam/role:Role")[0]?.state.arn);
    expect(await allowed("iam:PassRole", role, { "iam:PassedToService": "lambda.amazonaws.com" })).toBe(true);
  });

  test("fits two managed policies, with a long name too", () => {
    const name = "production-in-europe-of-the-second-kind";
    const stack = `certfront-${name}`;
    const policies = deployerPolicies({ partition: "aws-us-gov", region: "ap-southeast-4", account, stack, name });
    for (const document of Object.values(policies)) {
      expect(JSON.stringify(document).length).toBeLessThanOrEqual(MOST_CHARACTERS);
    }
    const statements = deployerStatements({ partition, region, account, stack, name });
    expect(statements.filter(({ Action }) => Action.length === 0)).toEqual([]);
  });

  test.each(["network", "parts"] as const)(
    "is in docs/deployer-%s.json, with places to fill in (npm run docs)",
    (which) => {
      const page = fs.readFileSync(path.join(ROOT, `docs/deployer-${which}.json`), "utf8");
      expect(JSON.parse(page)).toEqual(deployerPolicies(TO_FILL_IN)[which]);
    },
  );
});
