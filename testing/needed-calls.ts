import type { RecordedCall } from "../local/aws/iam";
import { TEST_PLACE } from "./aws-answers";
import type { Graph } from "./graph";
import type { AwsCall } from "./simulate-iam";

/** One AWS call: action, resource (by what it is called below), what IAM is told beside. */
export type Call = readonly [action: string, resource: Resource, context?: AwsCall["context"]];
export type Resource = keyof ReturnType<typeof resources>;

/** Of the program, by their components. */
export const ROLES = ["issuer", "monitor", "schedules", "fronts", "console"] as const;
export type Role = (typeof ROLES)[number];

/** ARNs of the stack, and of things beside it that nobody here may touch. */
export function resources(of: Graph) {
  const arn = (ending: string) => String(of.named(ending).state.arn);
  const log = (ending: string) => `${arn(ending)}:log-stream:x`;
  return {
    table: arn("store-table"),
    "transient table": arn("store-transient"),
    "index due": `${arn("store-table")}/index/due`,
    "index tenants": `${arn("store-table")}/index/tenants`,
    "index revision": `${arn("store-table")}/index/revision`,
    "another table": `${arn("store-table")}-other`,
    key: arn("store-key"),
    "seal key": arn("keys-key"),
    "account key": arn("account-parameter"),
    "binding key": arn("account-eab-zerossl"),
    "another parameter": `${arn("account-parameter")}-other`,
    issuer: arn("issuer-function"),
    monitor: arn("monitor-function"),
    "tenant list": `${arn("artifacts-bucket")}/${of.named("artifacts-tenants").inputs.key}`,
    agent: `${arn("artifacts-bucket")}/${of.named("artifacts-agent").inputs.key}`,
    bucket: arn("artifacts-bucket"),
    "issuer log": log("issuer-logs"),
    "monitor log": log("monitor-logs"),
    "fronts log": log("fronts-logs"),
    "dead letters": arn("schedules-dead-letters"),
    topic: arn("alarms-topic"),
    outputs: arn("access-outputs"),
    "an alarm": `arn:aws:cloudwatch:${TEST_PLACE.region}:${TEST_PLACE.accountId}:alarm:certfront-dev-page`,
    dashboard: `arn:aws:cloudwatch::${TEST_PLACE.accountId}:dashboard/${of.named("dashboard-board").inputs.dashboardName}`,
    anything: "*",
    "issuer role": arn("issuer-role"),
  };
}

export const items = (...keys: string[]): AwsCall["context"] => ({ "dynamodb:LeadingKeys": keys });
/** A front writes under its own key. @param writer instance that asks */
export const ownHeartbeat = (writer: string, of = writer): AwsCall["context"] => ({
  ...items(`HEARTBEAT#AROAFRONT:${of}`),
  "aws:userid": `AROAFRONT:${writer}`,
});
export const via = (service: string): AwsCall["context"] => ({
  "kms:ViaService": `${service}.eu-west-1.amazonaws.com`,
});

const PURPOSE = "kms:EncryptionContext:purpose";

/** What a data key is bound to. */
export const sealedFor = (purpose: string, stack = "certfront-dev"): AwsCall["context"] => ({
  "kms:EncryptionContext:stack": stack,
  [PURPOSE]: purpose,
  "kms:EncryptionContext:day": "2026-11-29",
});

export const DECRYPT_TABLE: Call = ["kms:Decrypt", "key", via("dynamodb")];
export const ENCRYPT_TABLE: Call = ["kms:GenerateDataKey", "key", via("dynamodb")];
const logOf = (role: "issuer" | "monitor" | "fronts"): Call[] => [
  ["logs:CreateLogStream", `${role} log`],
  ["logs:PutLogEvents", `${role} log`],
];

/** Every call that a part makes (docs/contracts.md, "The table"). */
export const NEEDED: Record<Role, readonly Call[]> = {
  issuer: [
    ...[
      "TENANT#a.example",
      "ORDER#a.example",
      "FRONT#a.example",
      "LIMIT#b",
      "OUTAGE#ca",
      "ACCOUNT#d",
      "SEALING",
      "ROUND",
      "LIST",
    ].flatMap((pk): Call[] => [
      ["dynamodb:GetItem", "table", items(pk)],
      ["dynamodb:PutItem", "table", items(pk)],
    ]),
    ["dynamodb:GetItem", "transient table", items("TICKETS")],
    ["dynamodb:PutItem", "transient table", items("TICKETS")],
    ["dynamodb:DeleteItem", "table", items("TICKETS")],
    ["dynamodb:PutItem", "table", items("CERT#a.example")],
    ["dynamodb:Query", "table", items("CERT#a.example")],
    ["dynamodb:Query", "index revision", items("HEARTBEAT")],
    ["dynamodb:BatchGetItem", "table", items("HEARTBEAT#AROAFRONT:i-1", "HEARTBEAT#AROAFRONT:i-2")],
    ["dynamodb:Query", "table", items("HEARTBEAT")],
    ["dynamodb:Query", "table", items("BATCH")],
    ["dynamodb:PutItem", "table", items("BATCH")],
    ["dynamodb:DeleteItem", "table", items("ORDER#a.example")],
    ["dynamodb:DeleteItem", "table", items("CERT#a.example")],
    ["kms:GenerateDataKey", "seal key", sealedFor("tenant-keys")],
    ["kms:GenerateDataKey", "seal key", sealedFor("ticket-keys")],
    ["dynamodb:Query", "index due", items("renewal#0")],
    ["dynamodb:Query", "index tenants", items("07")],
    ["ssm:GetParameter", "account key"],
    ["ssm:GetParameter", "binding key"],
    ["kms:Decrypt", "key", via("ssm")],
    ["s3:GetObject", "tenant list"],
    ["lambda:InvokeFunction", "issuer"],
    DECRYPT_TABLE,
    ENCRYPT_TABLE,
    ...logOf("issuer"),
  ],
  monitor: [
    ["dynamodb:Query", "index tenants", items("00")],
    ["dynamodb:Query", "index revision", items("HEARTBEAT")],
    ["dynamodb:BatchGetItem", "table", items("HEARTBEAT#AROAFRONT:i-1", "HEARTBEAT#AROAFRONT:i-2")],
    ["dynamodb:Query", "table", items("HEARTBEAT")],
    ["dynamodb:BatchGetItem", "table", items("SERVED#a.example", "SERVED#b.example")],
    ["dynamodb:PutItem", "table", items("SERVED#a.example")],
    ["lambda:InvokeFunction", "monitor"],
    DECRYPT_TABLE,
    ENCRYPT_TABLE,
    ...logOf("monitor"),
  ],
  schedules: [
    ["lambda:InvokeFunction", "issuer"],
    ["lambda:InvokeFunction", "monitor"],
    ["sqs:SendMessage", "dead letters"],
  ],
  fronts: [
    ["dynamodb:Query", "index revision", items("FRONT")],
    ["dynamodb:BatchGetItem", "table", items("FRONT#a.example", "FRONT#b.example")],
    ["dynamodb:GetItem", "transient table", items("TICKETS")],
    ["dynamodb:GetItem", "transient table", items("KEYRING")],
    ["dynamodb:PutItem", "transient table", items("KEYRING")],
    ["dynamodb:PutItem", "table", ownHeartbeat("i-1")],
    ["dynamodb:DeleteItem", "table", ownHeartbeat("i-1")],
    ["s3:GetObject", "agent"],
    ["kms:Decrypt", "seal key", sealedFor("tenant-keys")],
    ["kms:Decrypt", "seal key", sealedFor("ticket-keys")],
    DECRYPT_TABLE,
    ENCRYPT_TABLE,
    ...logOf("fronts"),
  ],
  console: [
    ["dynamodb:GetItem", "table", items("TENANT#a.example")],
    ["dynamodb:GetItem", "table", items("SERVED#a.example")],
    ["dynamodb:Query", "index revision", items("HEARTBEAT")],
    ["dynamodb:BatchGetItem", "table", items("HEARTBEAT#AROAFRONT:i-1", "HEARTBEAT#AROAFRONT:i-2")],
    ["dynamodb:Query", "table", items("HEARTBEAT")],
    ["dynamodb:Query", "index tenants", items("07")],
    ["cloudwatch:DescribeAlarms", "anything"],
    ["cloudwatch:DescribeAlarmHistory", "an alarm"],
    ["cloudwatch:GetMetricData", "anything"],
    ["cloudwatch:GetDashboard", "dashboard"],
    DECRYPT_TABLE,
  ],
};

/** A call as it is listed, to compare: `dynamodb:GetItem table TENANT#`. */
export function listedAs([action, resource, context = {}]: Call): string {
  return [action, resource, ...told(context, resource)].join(" ");
}

/** A call that was really made on a local stack, in the same form, with the role that made it; undefined for another's than the program's roles. */
export function recordedAs(call: RecordedCall): { role: Role; as: string } | undefined {
  const role = ROLES.find((name) => new RegExp(`-${name}-[0-9a-f]{6}-`).test(call.role));
  if (role === undefined) return undefined;
  const found = RESOURCES.find(([pattern]) => pattern.test(call.resource))?.[1] ?? call.resource;
  // The two keys' ARNs say nothing; only tenants' keys are sealed in an encryption context of ours.
  const resource = found === "key" && PURPOSE in call.context ? "seal key" : found;
  return { role, as: [call.action, resource, ...told(call.context, resource)].join(" ") };
}

const RESOURCES: readonly (readonly [RegExp, Resource])[] = [
  [/:table\/[^/]+\/index\/due$/, "index due"],
  [/:table\/[^/]+\/index\/tenants$/, "index tenants"],
  [/:table\/[^/]+\/index\/revision$/, "index revision"],
  [/:table\/[^/]+-transient-[0-9a-f]+$/, "transient table"],
  [/:table\/[^/]+$/, "table"],
  [/:function:certfront-.*-issuer-[0-9a-f]{6}$/, "issuer"],
  [/:function:certfront-.*-monitor-[0-9a-f]{6}$/, "monitor"],
  [/:parameter\/certfront\/.*\/account-key$/, "account key"],
  [/:s3:::[^/]+\/tenants-[0-9a-f]{64}\.json$/, "tenant list"],
  [/:s3:::[^/]+\/agent-[0-9a-f]{64}\.js$/, "agent"],
  [/:log-group:\/certfront\/[^:]*\/issuer:/, "issuer log"],
  [/:log-group:\/certfront\/[^:]*\/expiry-monitor:/, "monitor log"],
  [/:log-group:\/certfront\/[^:]*\/fronts:/, "fronts log"],
  [/:kms:.*:key\//, "key"],
  [/:sqs:.*-dead-letters-[0-9a-f]{6}$/, "dead letters"],
  [/:alarm:certfront-/, "an alarm"],
  [/:dashboard\/certfront-/, "dashboard"],
  [/^\*$/, "anything"],
];

/** What of a request a policy looks at: leading keys by kind of item (those of an index it does not tell apart), what a key is used for, and the service it is used through. */
function told(context: AwsCall["context"], resource: string): string[] {
  const keys = resource.startsWith("index") ? [] : [context["dynamodb:LeadingKeys"] ?? []].flat();
  const kinds = [...new Set(keys.map((key) => key.replace(/#.*/, "#")))].sort();
  return [...kinds, ...[context[PURPOSE] ?? [], context["kms:ViaService"] ?? []].flat()];
}
