import * as fs from "node:fs";
import * as path from "node:path";
import type { Graph } from "../../testing/graph";
import {
  type Call,
  DECRYPT_TABLE,
  items,
  NEEDED,
  ownHeartbeat,
  ROLES,
  type Role,
  resources,
  sealedFor,
  via,
} from "../../testing/needed-calls";
import { isAllowed } from "../../testing/simulate-iam";
import { tenantFrontGraph } from "../../testing/tenant-front";

let graph: Graph;

beforeAll(async () => {
  graph = await tenantFrontGraph();
});

/** What nobody in the stack needs, whoever asks. */
const NEVER: readonly Call[] = [
  ["dynamodb:Scan", "table"],
  ["dynamodb:DeleteTable", "table"],
  ["dynamodb:UpdateTable", "table"],
  ["dynamodb:PartiQLSelect", "table", items("FRONT#a.example")],
  ["dynamodb:GetItem", "another table", items("FRONT#a.example")],
  ["dynamodb:DeleteItem", "table", items("TENANT#a.example")],
  ["dynamodb:DeleteItem", "table", items("FRONT#a.example")],
  ["dynamodb:BatchWriteItem", "table", items("FRONT#a.example")],
  ["kms:Decrypt", "key"],
  ["kms:Decrypt", "key", via("s3")],
  ["kms:GenerateDataKey", "key"],
  ["kms:GenerateDataKey", "key", via("ssm")],
  ["kms:ScheduleKeyDeletion", "key"],
  ["ssm:GetParameter", "another parameter"],
  ["ssm:PutParameter", "account key"],
  ["ssm:SendCommand", "anything"],
  ["s3:PutObject", "tenant list"],
  ["s3:PutObject", "agent"],
  ["s3:ListBucket", "bucket"],
  ["lambda:UpdateFunctionCode", "issuer"],
  ["iam:PassRole", "issuer role"],
  ["sns:Publish", "topic"],
  ["logs:DeleteLogStream", "issuer log"],
  ["cloudwatch:PutMetricData", "anything"],
  ["ec2:DescribeInstances", "anything"],
];

/** What one part needs and another must not have. */
const OTHERS: Record<Role, readonly Call[]> = {
  issuer: [
    ["dynamodb:PutItem", "table", items("SERVED#a.example")],
    ["dynamodb:PutItem", "table", ownHeartbeat("issuer")],
    ["dynamodb:PutItem", "table", items("HEARTBEAT")],
    ["dynamodb:Query", "index revision", items("FRONT")],
    ["lambda:InvokeFunction", "monitor"],
    ["s3:GetObject", "agent"],
    ["logs:PutLogEvents", "monitor log"],
    ["sqs:SendMessage", "dead letters"],
  ],
  monitor: [
    ...["TENANT#a.example", "ORDER#a.example", "CERT#a.example", "FRONT#a.example", "TICKETS"].flatMap((pk): Call[] => [
      ["dynamodb:GetItem", "table", items(pk)],
      ["dynamodb:BatchGetItem", "table", items("SERVED#a.example", pk)],
      ["dynamodb:PutItem", "table", items(pk)],
    ]),
    ["dynamodb:Query", "table", items("CERT#a.example")],
    ["dynamodb:DeleteItem", "table", items("SERVED#a.example")],
    ["dynamodb:PutItem", "table", ownHeartbeat("monitor")],
    ["dynamodb:Query", "index revision", items("FRONT")],
    ["ssm:GetParameter", "account key"],
    ["kms:Decrypt", "key", via("ssm")],
    ["lambda:InvokeFunction", "issuer"],
  ],
  schedules: [["dynamodb:GetItem", "table", items("TICKETS")], DECRYPT_TABLE],
  fronts: [
    ...["TENANT#a.example", "ORDER#a.example", "CERT#a.example", "ACCOUNT#d", "SERVED#a.example"].flatMap(
      (pk): Call[] => [
        ["dynamodb:GetItem", "table", items(pk)],
        ["dynamodb:BatchGetItem", "table", items("FRONT#a.example", pk)],
        ["dynamodb:Query", "table", items(pk)],
      ],
    ),
    ...["dynamodb:PutItem", "dynamodb:DeleteItem"].flatMap((action): Call[] => [
      [action, "table", ownHeartbeat("i-1", "i-2")],
      [action, "table", ownHeartbeat("i-1", "i-11")],
      [action, "table", ownHeartbeat("i-1", "*")],
      [action, "table", { ...ownHeartbeat("i-1"), ...items("HEARTBEAT#AROAOTHER:i-1") }],
      [action, "table", { ...ownHeartbeat("i-1"), ...items("HEARTBEAT#") }],
      // Nobody knows who asks.
      [action, "table", items("HEARTBEAT#AROAFRONT:i-1")],
      // The key that all once shared.
      [action, "table", { ...ownHeartbeat("i-1"), ...items("HEARTBEAT") }],
    ]),
    ["dynamodb:UpdateItem", "table", ownHeartbeat("i-1")],
    ["dynamodb:GetItem", "table", items("FRONT#a.example")],
    ["dynamodb:PutItem", "table", items("FRONT#a.example")],
    ["dynamodb:PutItem", "table", items("TICKETS")],
    ["dynamodb:Query", "index tenants", items("00")],
    ["dynamodb:Query", "index revision", items("HEARTBEAT")],
    ["ssm:GetParameter", "account key"],
    ["kms:Decrypt", "key", via("ssm")],
    ["s3:GetObject", "tenant list"],
    ["lambda:InvokeFunction", "issuer"],
    ["lambda:InvokeFunction", "monitor"],
    ["logs:PutLogEvents", "issuer log"],
  ],
  console: [
    ...["ORDER#a.example", "CERT#a.example", "FRONT#a.example", "ACCOUNT#d", "TICKETS"].flatMap((pk): Call[] => [
      ["dynamodb:GetItem", "table", items(pk)],
      ["dynamodb:BatchGetItem", "table", items(pk)],
      ["dynamodb:Query", "table", items(pk)],
    ]),
    ...["TENANT#a.example", "HEARTBEAT", "SERVED#a.example"].flatMap((pk): Call[] => [
      ["dynamodb:PutItem", "table", items(pk)],
      ["dynamodb:DeleteItem", "table", items(pk)],
    ]),
    ["dynamodb:Query", "index due", items("renewal#0")],
    ["dynamodb:Query", "index revision", items("FRONT")],
    ["kms:Decrypt", "seal key", sealedFor("tenant-keys")],
    ["kms:Decrypt", "key", via("ssm")],
    ["ssm:GetParameter", "account key"],
    ["lambda:InvokeFunction", "issuer"],
    ["lambda:InvokeFunction", "monitor"],
    ["s3:GetObject", "tenant list"],
  ],
};

const KEY_POLICIES: Partial<Record<Call[1], string>> = { key: "store-key", "seal key": "keys-policy" };

async function verdict(role: Role, [action, resource, context = {}]: Call): Promise<string> {
  const allowed = await isAllowed(
    { action, resource: resources(graph)[resource], context },
    String(graph.named(`${role}-policy`).inputs.policy),
    // A key obeys its own policy first; the table's hands the decision to IAM, that of tenants' keys does not.
    KEY_POLICIES[resource] && String(graph.named(KEY_POLICIES[resource]).inputs.policy),
    String(graph.named(`${role}-role`).state.arn),
  );
  return [allowed ? "allowed:" : "denied:", action, resource, ...Object.values(context).flat()].join(" ");
}

async function verdicts(role: Role, calls: readonly Call[]): Promise<string[]> {
  return Promise.all(calls.map((call) => verdict(role, call)));
}

describe.each(ROLES)("the policy of the %s", (role) => {
  test("allows every call that it makes", async () => {
    for (const line of await verdicts(role, NEEDED[role])) expect(line).toMatch(/^allowed: /);
  });

  test("denies what nobody needs, and what only others need", async () => {
    for (const line of await verdicts(role, [...NEVER, ...OTHERS[role]])) expect(line).toMatch(/^denied: /);
  });

  test("names no service as a whole, and no resource as a whole", () => {
    const { Statement: statements } = JSON.parse(String(graph.named(`${role}-policy`).inputs.policy));
    for (const { Sid, Effect, Action, Resource } of statements) {
      expect([Sid, Effect]).toEqual([Sid, "Allow"]);
      for (const action of [Action].flat()) expect([Sid, action]).toEqual([Sid, expect.not.stringContaining("*")]);
      for (const resource of [Resource].flat()) {
        if (Sid in UNAVOIDABLE) continue;
        expect([Sid, resource]).toEqual([Sid, expect.stringMatching(/^arn:aws:[a-z0-9]+:/)]);
        expect([Sid, resource]).toEqual([Sid, expect.stringMatching(ENDS_OPEN[Sid] ?? /^[^*]+$/)]);
      }
    }
  });
});

test("no call of the code is missing from these lists", () => {
  const root = path.join(__dirname, "../..");
  const sources = ["lambdas", "front", "store", "acme", "wire"].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => fs.readFileSync(path.join(root, folder, file), "utf8")),
  );
  // Commands of the SDK, operations of our own signed calls.
  const calls = sources.flatMap((source) =>
    [...source.matchAll(/new ([A-Z][A-Za-z]+)Command\(|\.call\("([A-Z]\w+)"|operation: "([A-Z]\w+)"/g)].map((found) =>
      found.slice(1).find(Boolean)?.replace(/Item$/, ""),
    ),
  );
  // By IAM's action; lib-dynamodb drops "Item".
  const actions = (list: readonly Call[]) =>
    list.map(([action]) => action.split(":")[1]?.replace(/Item$|Function$/, ""));
  const listed = new Set(Object.values(NEEDED).flatMap(actions));
  expect(calls.length).toBeGreaterThan(10);
  expect([...new Set(calls)].filter((call) => !listed.has(call))).toEqual([]);
});

test("no front writes what an alarm reads, neither as a metric nor as a line that becomes one", async () => {
  const namespaces = new Set(
    graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs.namespace),
  );
  expect(namespaces).toContain("certfront");
  const metric = async (namespace: unknown) =>
    verdict("fronts", ["cloudwatch:PutMetricData", "anything", { "cloudwatch:namespace": String(namespace) }]);
  for (const namespace of namespaces) expect(await metric(namespace)).toMatch(/^denied: /);

  const policy = String(graph.named("fronts-policy").inputs.policy);
  const groups = graph.ofType("aws:cloudwatch/logGroup:LogGroup");
  const written = await Promise.all(
    groups.map(async ({ name, inputs, state }) => {
      const call = { action: "logs:PutLogEvents", resource: `${state.arn}:log-stream:i-1`, context: {} };
      return (await isAllowed(call, policy)) ? [[name, inputs.logGroupClass]] : [];
    }),
  );
  expect(written.flat()).toEqual([["dev-fronts-logs", "INFREQUENT_ACCESS"]]);
});

/** Where a resource cannot be named, and why. */
const UNAVOIDABLE: Record<string, string> = {
  AccountThroughIam: "in a key's policy * is this key; without it nobody could manage the key",
  Logs: "in a key's policy * is this key; bound to this stack's log groups",
  Alarms: "in a key's policy * is this key; the topic's policy says whose alarms",
  SessionManager: "these calls know no resources",
  Metrics: "GetMetricData knows no resource, and DescribeAlarms gives composite alarms to those only who may see all",
  Administration: "in a key's policy * is this key; it uses nothing",
  IssuerSeals: "in a key's policy * is this key; bound to the stack's encryption context",
  FrontsOpen: "in a key's policy * is this key; bound to the stack's encryption context",
};

/** A log's streams, and agents and tenant lists, each of which is named by its hash: what may have a star. */
const ENDS_OPEN: Readonly<Record<string, RegExp>> = {
  OwnLog: /^[^*]+:\*$/,
  AgentBundle: /\/agent-\*\.js$/,
  TenantList: /^[^*]+\/tenants-\*\.json$/,
  AlarmHistory: /:alarm:certfront-dev-\*$/,
};

describe("statements about every resource", () => {
  test("are those that cannot be said otherwise, and no more", async () => {
    const withSessions = await tenantFrontGraph({ fronts: { min: 2, max: 4, sessionManager: true } });
    const everywhere = withSessions.nodes
      .flatMap(({ inputs }) => [inputs.policy, inputs.assumeRolePolicy])
      .filter((policy) => typeof policy === "string")
      .flatMap((policy) => JSON.parse(policy).Statement as { Sid?: string; Resource?: unknown }[])
      .filter(({ Resource }) => [Resource].flat().includes("*"));
    expect([...new Set(everywhere.map(({ Sid }) => Sid))].sort()).toEqual(Object.keys(UNAVOIDABLE).sort());
  });

  test("about every action: none", async () => {
    const policies = graph.nodes.map(({ inputs }) => inputs.policy).filter((policy) => typeof policy === "string");
    for (const policy of policies) expect(policy).not.toContain('"Action":"*"');
  });

  test("let only the service itself take a role, schedules only for this account, and this account the console's", () => {
    const console = JSON.parse(String(graph.named("console-role").inputs.assumeRolePolicy));
    expect(console.Statement).toEqual([
      { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "arn:aws:iam::111122223333:root" } },
    ]);
    const trusted = graph.ofType("aws:iam/role:Role").map(({ name, inputs }) => {
      const [statement] = JSON.parse(String(inputs.assumeRolePolicy)).Statement;
      return [name, statement.Principal.Service, statement.Condition?.StringEquals?.["aws:SourceAccount"]];
    });
    expect(trusted.sort()).toEqual([
      ["dev-access-console-role", undefined, undefined],
      ["dev-fronts-role", "ec2.amazonaws.com", undefined],
      ["dev-issuer-role", "lambda.amazonaws.com", undefined],
      ["dev-monitor-role", "lambda.amazonaws.com", undefined],
      ["dev-schedules-role", "scheduler.amazonaws.com", "111122223333"],
    ]);
  });
});
