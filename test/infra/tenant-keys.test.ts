import type { Graph } from "../../testing/graph";
import { sealedFor } from "../../testing/needed-calls";
import { isAllowed } from "../../testing/simulate-iam";
import { tenantFrontGraph } from "../../testing/tenant-front";

let graph: Graph;
beforeAll(async () => {
  graph = await tenantFrontGraph();
});

/** Whoever has every right in IAM. */
const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }],
});
/** Not of the program. */
const PEOPLE: Readonly<Record<string, string>> = {
  administrator: "arn:aws:iam::111122223333:role/administrator",
  deployer: "arn:aws:iam::111122223333:role/deployer",
  "account's root": "arn:aws:iam::111122223333:root",
  "another account": "arn:aws:iam::444455556666:role/administrator",
};
const OWN = sealedFor("tenant-keys");

const keyArn = () => String(graph.named("keys-key").state.arn);
const policyOf = (name: string) => String(graph.named(name).inputs.policy);

/** @param who a component with a role, or an administrator; each has every right in IAM beside its own */
async function may(who: string, action: string, context = OWN, keyPolicy = "keys-policy"): Promise<boolean> {
  const principal = PEOPLE[who] ?? String(graph.named(`${who}-role`).state.arn);
  const resource = action === "kms:CreateGrant" ? { ...context, "kms:GranteePrincipal": principal } : context;
  return isAllowed({ action, resource: keyArn(), context: resource }, EVERYTHING, policyOf(keyPolicy), principal);
}

describe("the account's key", () => {
  it("of the next number is made beside the one before, which signs the accounts over and may go afterwards", async () => {
    const second = await tenantFrontGraph({ accountKey: 2 });
    const keys = second.ofType("tls:index/privateKey:PrivateKey").map(({ name, protect }) => [name, protect]);
    expect(keys.sort()).toEqual([
      ["dev-account-key", false],
      ["dev-account-key-2", true],
    ]);
    const { variables } = second.named("issuer-function").inputs.environment as { variables: Record<string, string> };
    expect(variables.FORMER_ACCOUNT_KEY_PARAMETER).toBe(second.named("account-former-parameter").inputs.name);
    expect(second.named("account-former-parameter").secretInputs).toContain("value");
    const policy = String(second.named("issuer-policy").inputs.policy);
    const parameter = String(second.named("account-former-parameter").state.arn);
    const decrypt = { action: "ssm:GetParameter", resource: parameter, context: {} };
    expect(await isAllowed(decrypt, policy)).toBe(true);
    expect(await isAllowed(decrypt, String(second.named("fronts-policy").inputs.policy))).toBe(false);
    const third = await tenantFrontGraph({ accountKey: 3 });
    expect(
      third
        .ofType("tls:index/privateKey:PrivateKey")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["dev-account-key-2", "dev-account-key-3"]);
  });
});

describe("the key that tenants' keys are sealed under", () => {
  it.each([
    ["fronts", true, false],
    ["issuer", false, true],
    ["monitor", false, false],
    ["schedules", false, false],
    ["administrator", false, false],
    ["deployer", false, false],
    ["account's root", false, false],
    ["another account", false, false],
  ])("%s: opens %s, seals %s, with every right in IAM", async (who, opens, seals) => {
    expect([await may(who, "kms:Decrypt"), await may(who, "kms:GenerateDataKey")]).toEqual([opens, seals]);
  });

  it.each([
    "kms:CreateGrant",
    "kms:Encrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
  ])("lets nobody do %s", async (action) => {
    for (const who of ["administrator", "issuer", "fronts"])
      expect([who, await may(who, action)]).toEqual([who, false]);
  });

  it.each([
    ["another stack", sealedFor("tenant-keys", "certfront-other")],
    ["another purpose", sealedFor("backups")],
    ["nothing", {}],
  ])("opens and seals nothing for %s", async (_what, context) => {
    expect([await may("fronts", "kms:Decrypt", context), await may("issuer", "kms:GenerateDataKey", context)]).toEqual([
      false,
      false,
    ]);
  });

  it("is managed by the account, so that it is never locked out of its own key", async () => {
    for (const action of ["kms:PutKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion"]) {
      expect(await may("administrator", action)).toBe(true);
    }
  });

  it("is nobody's to use before its users are known", async () => {
    for (const who of ["administrator", "issuer", "fronts"]) {
      expect(await may(who, "kms:Decrypt", OWN, "keys-key")).toBe(false);
      expect(await may(who, "kms:GenerateDataKey", OWN, "keys-key")).toBe(false);
    }
  });

  it("is protected, waits a month before it is deleted, and its users' policy is not taken back by its own", () => {
    const key = graph.named("keys-key");
    expect(key.inputs).toMatchObject({ deletionWindowInDays: 30, enableKeyRotation: true });
    expect([key.protect, key.ignoreChanges]).toEqual([true, ["policy"]]);
    expect(graph.named("keys-policy").inputs.keyId).toBe(key.state.keyId);
  });

  it("has its policy before the first tenant is applied", () => {
    expect(graph.named("dev-apply").dependencies).toContain(graph.named("keys-policy").urn);
  });
});
