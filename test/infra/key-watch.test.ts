import { readFileSync } from "node:fs";
import * as path from "node:path";
import { matches } from "../../testing/event-pattern";
import type { Graph } from "../../testing/graph";
import { isAllowed } from "../../testing/simulate-iam";
import { tenantFrontGraph } from "../../testing/tenant-front";

let graph: Graph;
beforeAll(async () => {
  graph = await tenantFrontGraph();
});

const arn = (ending: string) => String(graph.named(ending).state.arn);

/** As AWS documents CloudTrail's entries for KMS ("Decrypt", "PutKeyPolicy"), and EventBridge's envelope around them. */
const call = (eventName: string, userIdentity: object, more: object = {}) => ({
  source: "aws.kms",
  "detail-type": "AWS API Call via CloudTrail",
  detail: {
    eventVersion: "1.11",
    userIdentity,
    eventSource: "kms.amazonaws.com",
    eventName,
    awsRegion: "eu-west-1",
    sourceIPAddress: "192.0.2.0",
    requestParameters: { encryptionAlgorithm: "SYMMETRIC_DEFAULT", keyId: arn("keys-key") },
    readOnly: true,
    resources: [{ accountId: "111122223333", type: "AWS::KMS::Key", ARN: arn("keys-key") }],
    managementEvent: true,
    ...more,
  },
});
const asRole = (role: string) => ({
  type: "AssumedRole",
  arn: `${role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/i-0123456789abcdef0`,
  sessionContext: { sessionIssuer: { type: "Role", arn: role } },
});
const USER = { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/Alice", userName: "Alice" };
const ADMINISTRATOR = "arn:aws:iam::111122223333:role/administrator";
const DENIED = {
  errorCode: "AccessDenied",
  errorMessage: "User: … is not authorized to perform: kms:Decrypt on resource: KEY because no identity-based policy …",
  requestParameters: null,
  resources: undefined,
};
const denied = () => ({ ...DENIED, errorMessage: DENIED.errorMessage.replace("KEY", arn("keys-key")) });

describe("the watch on the tenants' key", () => {
  const heard = (event: object) =>
    matches(JSON.parse(String(graph.named("key-watch-rule").inputs.eventPattern)), event);

  it.each<[string, boolean, () => object]>([
    ["Decrypt by a front", false, () => call("Decrypt", asRole(arn("fronts-role")))],
    ["Decrypt by a user", true, () => call("Decrypt", USER)],
    ["Decrypt by the account's root", true, () => call("Decrypt", { type: "Root", arn: "arn:aws:iam::1:root" })],
    ["Decrypt by an administrator", true, () => call("Decrypt", asRole(ADMINISTRATOR))],
    ["Decrypt by the issuer", true, () => call("Decrypt", asRole(arn("issuer-role")))],
    ["Decrypt by an administrator, refused", true, () => call("Decrypt", asRole(ADMINISTRATOR), denied())],
    ["Decrypt by a user, refused", true, () => call("Decrypt", USER, denied())],
    ["a policy's change", true, () => call("PutKeyPolicy", asRole(ADMINISTRATOR), { readOnly: false })],
    ["a grant", true, () => call("CreateGrant", USER, { readOnly: false })],
    ["a deletion", true, () => call("ScheduleKeyDeletion", asRole(ADMINISTRATOR), { readOnly: false })],
    ["sealing by the issuer", false, () => call("GenerateDataKey", asRole(arn("issuer-role")))],
    ["a look at the key", false, () => call("DescribeKey", asRole(ADMINISTRATOR))],
    [
      "Decrypt with the table's key",
      false,
      () => call("Decrypt", asRole(arn("issuer-role")), { resources: [{ ARN: arn("store-key") }] }),
    ],
    ["another service's event", false, () => ({ ...call("Decrypt", USER), source: "aws.s3" })],
  ])("%s: heard %s", (_what, expected, event) => {
    expect(heard(event())).toBe(expected);
  });

  it("hears of calls that only read, tells whom pages go to, and says who, what, when and from where", () => {
    expect(graph.named("key-watch-rule").inputs.state).toBe("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
    const { arn: target, inputTransformer } = graph.named("key-watch-target").inputs;
    expect(target).toBe(arn("alarms-topic"));
    const { inputPaths, inputTemplate } = inputTransformer as { inputPaths: object; inputTemplate: string };
    expect(Object.values(inputPaths)).toContain("$.detail.userIdentity.arn");
    for (const name of Object.keys(inputPaths)) expect(inputTemplate).toContain(`<${name}>`);
    // EventBridge takes a text as JSON has it.
    expect(typeof JSON.parse(inputTemplate)).toBe("string");
  });

  it("may publish to the topic, which is encrypted, and is there before nobody but its own deployment", async () => {
    const topic = graph.named("alarms-topic-policy").inputs.policy as string;
    const statement = (policy: string) =>
      (
        JSON.parse(policy) as { Statement: { Principal: { Service?: string | string[] }; Action: string | string[] }[] }
      ).Statement.filter(({ Principal }) => [Principal.Service].flat().includes("events.amazonaws.com")).flatMap(
        ({ Action }) => Action,
      );
    expect(statement(topic)).toEqual(["sns:Publish"]);
    expect(statement(String(graph.named("store-key").inputs.policy))).toEqual(["kms:Decrypt", "kms:GenerateDataKey*"]);
    expect(graph.named("key-watch-rule").dependencies).toContain(graph.named("keys-policy").urn);
    // Not even it opens a tenant's key.
    expect(
      await isAllowed(
        { action: "kms:Decrypt", resource: arn("keys-key"), context: {} },
        '{"Version":"2012-10-17","Statement":[]}',
        String(graph.named("keys-policy").inputs.policy),
        "events.amazonaws.com",
      ).catch(() => false),
    ).toBe(false);
  });
});

describe("docs/keys.md", () => {
  const page = readFileSync(path.join(__dirname, "../../docs/keys.md"), "utf8");

  it("asks CloudTrail by the names that the key's policy and KMS have", () => {
    const policy = String(graph.named("keys-policy").inputs.policy);
    const names = [...page.matchAll(/LIKE '%([\w-]+)%'/g)].map(([, name = ""]) => name);
    expect(names).toEqual(["tenant-keys"]);
    for (const name of names) expect(policy).toContain(`"${name}"`);
    const { eventName } = (
      JSON.parse(String(graph.named("key-watch-rule").inputs.eventPattern)) as {
        detail: { eventName: string[] };
      }
    ).detail;
    const asked = [...page.matchAll(/eventName (?:=|IN) \(?((?:'\w+'(?:, )?)+)/g)].flatMap(([, list = ""]) =>
      [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name),
    );
    expect(asked.sort()).toEqual(eventName.filter((name) => name !== "ReEncrypt").sort());
    expect(page.match(/eventSource = '([^']+)'/g)).toEqual(Array(2).fill("eventSource = 'kms.amazonaws.com'"));
  });
});
