import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Account } from "../../cli/doctor/account";
import { examine } from "../../cli/doctor/doctor";
import type { Finding } from "../../cli/doctor/finding";
import { checkNode, checkSecrets } from "../../cli/doctor/machine-checks";
import { readWanted, type Wanted } from "../../cli/doctor/settings";
import { deployerPolicies } from "../../infra/account/deployer-policy";
import { PREFERRED_INSTANCE_TYPES } from "../../infra/account/instance-types";
import { type AccountModel, newAccount, startAccount } from "../../testing/fake-account";

const ROOT = path.join(__dirname, "..", "..");
const REGION = "eu-west-1";
const WANTED: Wanted = {
  stack: "prod",
  name: "prod",
  prefix: "certfront-prod",
  region: REGION,
  minFronts: 2,
  maxFronts: 4,
  instanceTypes: PREFERRED_INSTANCE_TYPES,
  debianImage: true,
  newNetwork: true,
  zones: 2,
  secrets: "provider",
};

let model: AccountModel;
let server: Awaited<ReturnType<typeof startAccount>>;
const before = process.env.AWS_ENDPOINT_URL;

beforeAll(async () => {
  server = await startAccount(() => model);
  process.env.AWS_ENDPOINT_URL = server.endpoint;
});
afterAll(async () => {
  if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
  else process.env.AWS_ENDPOINT_URL = before;
  await server?.stop();
});
beforeEach(() => {
  model = newAccount(REGION);
  server.asked.length = 0;
});

async function findings(wanted: Partial<Wanted> = {}): Promise<Finding[]> {
  const account = new Account(REGION, async () => ({ accessKeyId: "someone", secretAccessKey: "x" }));
  return (await examine(account, { ...WANTED, ...wanted })).findings;
}
const notGood = (all: readonly Finding[]) => all.filter(({ verdict }) => verdict !== "good");

describe("certfront doctor, of the account", () => {
  it("finds a new account on the paid plan fit for the defaults", async () => {
    const all = await findings();
    expect(notGood(all)).toEqual([]);
    expect(all.map(({ check }) => check)).toEqual([
      ...["AWS account", "account's plan", "who deploys", "instance types", "Debian's image"],
      ...["vCPU", "Elastic IPs", "VPCs", "functions at once", "CloudTrail"],
    ]);
    expect(new Set(server.asked.map((call) => call.split(":")[0]))).toEqual(
      new Set(["sts", "freetier", "iam", "ec2", "ssm", "servicequotas", "lambda", "cloudtrail"]),
    );
  });

  const FAILURES: [
    what: string,
    change: (of: AccountModel) => void,
    check: string,
    verdict: string,
    says: RegExp,
    mend: RegExp,
  ][] = [
    [
      "the free plan",
      (of) => (of.plan = "FREE"),
      "account's plan",
      "bad",
      /free plan/,
      /^aws freetier upgrade-account-plan /,
    ],
    [
      "a vCPU quota of 1",
      (of) => (of.quotas["L-1216C47A"] = 1),
      "vCPU",
      "bad",
      /allows 1 vCPU; 2 fronts of 1 vCPU and one in exchange need 3/,
      /request-service-quota-increase --region eu-west-1 --service-code ec2 --quota-code L-1216C47A --desired-value 5$/,
    ],
    [
      "vCPU that others use",
      (of) => of.instances.push({ type: "m5.xlarge" }),
      "vCPU",
      "bad",
      /4 of them used by others/,
      /--desired-value 9$/,
    ],
    [
      "vCPU for the least and not for the most",
      (of) => (of.quotas["L-1216C47A"] = 4),
      "vCPU",
      "warning",
      /too few for 4 fronts/,
      /--desired-value 5$/,
    ],
    [
      "no address left",
      (of) => of.addresses.push({}, {}, {}, {}),
      "Elastic IPs",
      "bad",
      /allows 5, others use 4/,
      /--quota-code L-0263D0A3 --desired-value 6$/,
    ],
    [
      "no VPC left",
      (of) => of.vpcs.push({}, {}, {}, {}),
      "VPCs",
      "bad",
      /others use 5/,
      /--service-code vpc .*L-F678F1CE --desired-value 6$/,
    ],
    [
      "functions reserved away",
      (of) => (of.functionsAtOnce = 3),
      "functions at once",
      "bad",
      /runs 3 functions/,
      /--quota-code L-B99A9384 --desired-value 100$/,
    ],
    [
      "no Debian parameter",
      (of) => (of.parameters = {}),
      "Debian's image",
      "bad",
      /no parameter \/aws\/service\/debian/,
      /^aws ec2 describe-images --region eu-west-1/,
    ],
    [
      "types in one zone only",
      (of) => (of.offers = (_, zone) => zone.endsWith("b")),
      "instance types",
      "bad",
      /only eu-west-1b of 3/,
      /describe-instance-type-offerings/,
    ],
    [
      "one type only",
      (of) => (of.offers = (type) => type === "m6g.medium"),
      "instance types",
      "warning",
      /Only m6g.medium in/,
      /set instanceType/,
    ],
    [
      "rights that are not there",
      (of) => (of.mayNot = ["iam:CreateRole", "ec2:CreateVpc"]),
      "who deploys",
      "bad",
      /may not do ec2:CreateVpc, iam:CreateRole|may not do iam:CreateRole, ec2:CreateVpc/,
      /docs\/deployer-network.json .*create-policy/,
    ],
    [
      "no trail",
      (of) => (of.trails = {}),
      "CloudTrail",
      "warning",
      /^No trail covers eu-west-1: nobody is told/,
      /^aws cloudtrail create-trail .*--is-multi-region-trail$/,
    ],
    [
      "a trail that is stopped",
      (of) => (of.trails = { account: { logging: false, selectors: {} } }),
      "CloudTrail",
      "warning",
      /^account is stopped/,
      /^aws cloudtrail start-logging --region us-east-1 --name arn:aws:cloudtrail:us-east-1:111122223333:trail\/account$/,
    ],
    ["the root user", (of) => (of.arn = "arn:aws:iam::111122223333:root"), "who deploys", "warning", /root user/, /^$/],
  ];

  it.each(FAILURES)("%s", async (_, change, check, verdict, says, mend) => {
    change(model);
    const found = notGood(await findings());
    expect(found.map((one) => [one.check, one.verdict])).toEqual([[check, verdict]]);
    expect(found[0]?.says).toMatch(says);
    expect(found[0]?.mend[0] ?? "").toMatch(mend);
  });

  const basic = (selector: object) => ({ EventSelectors: [{ IncludeManagementEvents: true, ...selector }] });
  const advanced = (...fields: object[]) => ({
    AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }, ...fields] }],
  });
  it.each([
    ["takes all by itself", {}, true],
    ["takes all", basic({ ReadWriteType: "All" }), true],
    ["takes what reads", basic({ ReadWriteType: "ReadOnly" }), true],
    ["takes what writes", basic({ ReadWriteType: "WriteOnly" }), false],
    ["leaves KMS out", basic({ ExcludeManagementEventSources: ["kms.amazonaws.com"] }), false],
    ["leaves RDS' data out", basic({ ExcludeManagementEventSources: ["rdsdata.amazonaws.com"] }), true],
    ["takes data events only", basic({ IncludeManagementEvents: false }), false],
    ["has conditions that Decrypt meets", advanced({ Field: "readOnly", Equals: ["true"] }), true],
    ["has no other condition", advanced(), true],
    ["has one against KMS", advanced({ Field: "eventSource", NotEquals: ["kms.amazonaws.com"] }), false],
    ["has one for another service", advanced({ Field: "eventSource", StartsWith: ["s3."] }), false],
    ["has one for what writes", advanced({ Field: "readOnly", Equals: ["false"] }), false],
    ["has one that nobody knows here", advanced({ Field: "userIdentity.arn", NotEquals: ["x"] }), false],
    [
      "has one for data",
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Data"] }] }] },
      false,
    ],
  ])("knows whether a trail tells of Decrypt: it %s", async (_what, selectors, tells) => {
    model.trails = { account: { logging: true, selectors } };
    const found = notGood(await findings());
    expect(found.map(({ check, verdict }) => [check, verdict])).toEqual(tells ? [] : [["CloudTrail", "warning"]]);
    if (tells) return;
    // What mends it takes nothing away.
    const [, kind, json = ""] =
      /^aws cloudtrail put-event-selectors .* --(advanced-)?event-selectors '(.*)'$/.exec(found[0]?.mend[0] ?? "") ??
      [];
    const mended = { [kind ? "AdvancedEventSelectors" : "EventSelectors"]: JSON.parse(json) };
    expect(json).toContain(JSON.stringify(Object.values(selectors)[0]).slice(1, -1));
    model.trails = { account: { logging: true, selectors: mended } };
    expect(notGood(await findings())).toEqual([]);
  });

  it("is content with one trail of several, and asks in vain where it may not ask", async () => {
    const deaf = { logging: true, selectors: basic({ ReadWriteType: "WriteOnly" }) };
    model.trails = { audit: deaf, account: { logging: true, selectors: {} } };
    expect(notGood(await findings())).toEqual([]);
    for (const operation of ["DescribeTrails", "GetTrailStatus", "GetEventSelectors"]) {
      model.refuses = { [operation]: "AccessDeniedException" };
      expect(notGood(await findings()).map(({ check, verdict }) => [check, verdict])).toEqual([
        ["CloudTrail", "unknown"],
      ]);
    }
  });

  it("counts nothing of the stack's own against it", async () => {
    model.instances.push(...Array.from({ length: 4 }, () => ({ type: "c7g.medium", tag: "prod" })));
    model.addresses.push({ tag: "prod" }, { tag: "prod" }, {}, {}, {});
    model.vpcs.push({ tag: "prod" }, {}, {}, {});
    expect(notGood(await findings())).toEqual([]);
  });

  it("asks for what the stack's configuration wants, not for the defaults", async () => {
    const large = notGood(await findings({ instanceTypes: ["m7g.large"], minFronts: 2 }));
    expect(large.map(({ check, verdict }) => [check, verdict])).toEqual([
      ["instance types", "warning"],
      ["vCPU", "bad"],
    ]);
    model.parameters = {};
    model.vpcs.push({}, {}, {}, {});
    expect(notGood(await findings({ debianImage: false, newNetwork: false }))).toEqual([]);
  });

  it("takes an account older than the plans for one without a free plan", async () => {
    delete model.plan;
    expect(notGood(await findings())).toEqual([]);
  });

  it("says what it could not ask, and asks the rest", async () => {
    model.refuses = { GetAccountPlanState: "AccessDeniedException" };
    model.quotas["L-1216C47A"] = 1;
    const found = notGood(await findings());
    expect(found.map(({ check, verdict }) => [check, verdict])).toEqual([
      ["account's plan", "unknown"],
      ["vCPU", "bad"],
    ]);
    expect(found[0]?.says).toContain("docs/deployer-parts.json");
  });

  it.each<[what: string, refusal: string, region: string, says: RegExp, mend: string[]]>([
    ["a session that is over", "ExpiredToken", REGION, /^The session is over/, ["aws sso login"]],
    [
      "credentials of another partition",
      "InvalidClientTokenId",
      "cn-north-1",
      /another partition/,
      ["aws sts get-caller-identity --region cn-north-1"],
    ],
  ])("tells %s from a region that is not turned on", async (_, refusal, region, says, mend) => {
    model.refuses = { GetCallerIdentity: refusal };
    const account = new Account(region, async () => ({ accessKeyId: "someone", secretAccessKey: "x" }));
    const [found] = (await examine(account, WANTED)).findings;
    expect(found).toMatchObject({ verdict: "bad", mend });
    expect(found?.says).toMatch(says);
  });

  it("tells that there are no credentials, or no way to the region, from credentials that are wrong", async () => {
    const none = new Account(REGION, () => Promise.reject(new Error("Could not load credentials from any providers")));
    const [noKeys] = (await examine(none, WANTED)).findings;
    expect(noKeys?.says).toMatch(/^No credentials for AWS were found: Could not load/);
    expect(noKeys?.mend).toEqual(["aws configure", "aws sso login"]);

    process.env.AWS_ENDPOINT_URL_STS = "http://127.0.0.1:1";
    try {
      const [nowhere] = await findings();
      expect(nowhere?.says).toMatch(/^eu-west-1 cannot be reached: .* name is wrong, or there is no way out/);
      expect(nowhere?.mend).toEqual([expect.stringMatching(/^aws ec2 describe-regions --region us-east-1 /)]);
    } finally {
      delete process.env.AWS_ENDPOINT_URL_STS;
    }
  });

  it("gives the rights that lack to whoever asks, in their partition, under the names that AWS cuts", async () => {
    model.mayNot = ["iam:CreateRole"];
    model.arn = "arn:aws-us-gov:iam::111122223333:user/ops/ada";
    const long = { name: "production-in-europe", prefix: "certfront-production-in-europe" };
    const [found] = notGood(await findings(long));
    expect(found?.mend).toHaveLength(4);
    const [make = "", attach] = found?.mend ?? [];
    expect(attach).toBe(
      "aws iam attach-user-policy --user-name ada --policy-arn arn:aws-us-gov:iam::111122223333:policy/certfront-production-in-europe-deployer-network",
    );
    const command = make.slice(0, make.indexOf(" > "));
    const filled = execFileSync("sh", ["-c", command], { cwd: ROOT, encoding: "utf8" });
    const as = {
      partition: "aws-us-gov",
      region: REGION,
      account: "111122223333",
      stack: long.prefix,
      name: long.name,
    };
    expect(JSON.parse(filled)).toEqual(deployerPolicies(as).network);
  });

  it("names images for the fronts' processors, and where the partition has them", async () => {
    model.parameters = {};
    const [arm] = notGood(await findings());
    expect(arm?.mend[0]).toMatch(/--owners 136693071363 .*debian-13-arm64-\*/);
    model.arn = "arn:aws-us-gov:sts::111122223333:assumed-role/deployer/session";
    const gov = notGood(await findings({ instanceTypes: ["c7i.large", "m7i.large"] }));
    expect(gov.find(({ check }) => check === "Debian's image")?.mend[0]).toMatch(/--owners aws-marketplace .*amd64/);
  });

  it("says of a region that is not turned on how to turn it on, and asks no more", async () => {
    model.refuses = { GetCallerIdentity: "InvalidClientTokenId" };
    const all = await findings();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({
      verdict: "bad",
      mend: [expect.any(String), "aws account enable-region --region-name eu-west-1"],
    });
  });
});

describe("certfront doctor, of the machine", () => {
  it.each([
    ["v20.18.3", "bad"],
    ["v20.19.0", "good"],
    ["v24.1.0", "good"],
  ])("Node.js %s: %s", (version, verdict) => {
    expect(checkNode(version).verdict).toBe(verdict);
  });

  it.each<[Wanted["secrets"], NodeJS.ProcessEnv, string]>([
    ["provider", {}, "good"],
    ["unsaid", {}, "warning"],
    ["passphrase", {}, "bad"],
    ["passphrase", { PULUMI_CONFIG_PASSPHRASE: "" }, "bad"],
    ["passphrase", { PULUMI_CONFIG_PASSPHRASE: "long and secret" }, "warning"],
    ["passphrase", { PULUMI_CONFIG_PASSPHRASE_FILE: "/x" }, "warning"],
  ])("the state's secrets by %s with %j: %s", (secrets, env, verdict) => {
    expect(checkSecrets({ ...WANTED, secrets }, env).verdict).toBe(verdict);
  });

  it("reads what is wanted from the project and the stack's file", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "certfront-doctor-"));
    try {
      fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
      const config = {
        ...{ "aws:region": "sa-east-1", "certfront:minFronts": 3, "certfront:instanceType": "c7i.large, m7i.large" },
        ...{ "certfront:vpcId": "vpc-1", "certfront:subnetIds": ["a", "b", "c"], "certfront:ami": "ami-1" },
      };
      fs.writeFileSync(path.join(directory, "Pulumi.eu.yaml"), JSON.stringify({ encryptionsalt: "v1:x", config }));
      expect(await readWanted(directory, "eu", {})).toEqual({
        ...{ stack: "eu", name: "eu", prefix: "certfront-eu", region: "sa-east-1", minFronts: 3, maxFronts: 4 },
        ...{ instanceTypes: ["c7i.large", "m7i.large"], debianImage: false, newNetwork: false, zones: 3 },
        secrets: "passphrase",
      });
      const text = { ...config, "certfront:subnetIds": '["a","b","c"]', "certfront:name": "my_eu" };
      fs.writeFileSync(path.join(directory, "Pulumi.eu.yaml"), JSON.stringify({ config: text }));
      expect(await readWanted(directory, "eu", {})).toMatchObject({ prefix: "certfront-my-eu", zones: 3 });
      fs.writeFileSync(path.join(directory, "Pulumi.yaml"), "name: our-own\nruntime: nodejs\n");
      fs.writeFileSync(path.join(directory, "Pulumi.eu.yaml"), "config:\n  our-own:maxFronts: many\n");
      expect(await readWanted(directory, "eu", {})).toMatchObject({ minFronts: 2, maxFronts: 4 });
      fs.writeFileSync(path.join(directory, "Pulumi.eu.yaml"), "config: [\n  a: b");
      await expect(readWanted(directory, "eu", {})).rejects.toThrow(/^.*Pulumi\.eu\.yaml is no YAML: /);
      fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
      await expect(readWanted(directory, "us", {})).rejects.toThrow("no file Pulumi.us.yaml");
      expect(await readWanted(directory, undefined, { PATH: "/nowhere" })).toMatchObject({
        ...{ stack: undefined, minFronts: 2, maxFronts: 4, instanceTypes: PREFERRED_INSTANCE_TYPES, zones: 2 },
      });
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});

describe("npx certfront doctor", () => {
  /** With a `pulumi` that answers `version`. */
  function run(args: readonly string[]): Promise<{ code: number; stdout: string }> {
    const bin = fs.mkdtempSync(path.join(os.tmpdir(), "certfront-bin-"));
    fs.writeFileSync(path.join(bin, "pulumi"), '#!/bin/sh\n[ "$1" = version ] && echo v3.248.0\n', { mode: 0o755 });
    const env = {
      ...{ PATH: `${bin}:${process.env.PATH}`, HOME: bin, AWS_ENDPOINT_URL: server.endpoint },
      ...{ AWS_ACCESS_KEY_ID: "someone", AWS_SECRET_ACCESS_KEY: "x" },
    };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [path.join(ROOT, "cli/certfront.js"), "doctor", ...args],
        { cwd: ROOT, env },
        (error, stdout) => {
          fs.rmSync(bin, { recursive: true });
          resolve({ code: error ? Number(error.code) : 0, stdout });
        },
      );
    });
  }

  it("ends with 0 and says that the region can be deployed to", async () => {
    const { code, stdout } = await run(["--region", REGION]);
    expect(stdout).toContain("ok       account's plan: Paid plan.");
    expect(stdout).toContain("eu-west-1 can be deployed to.");
    expect(code).toBe(0);
  }, 30_000);

  it("ends with 1 where something has to be mended, and says it as JSON too", async () => {
    model.plan = "FREE";
    const { code, stdout } = await run(["--region", REGION, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ region: REGION, account: "111122223333", ready: false },
      findings: expect.arrayContaining([
        expect.objectContaining({
          check: "account's plan",
          verdict: "bad",
          mend: [expect.stringContaining("freetier")],
        }),
      ]),
    });
    expect(code).toBe(1);
  }, 30_000);

  it("ends with 3 where nothing is bad but something could not be asked", async () => {
    model.refuses = { GetAccountPlanState: "AccessDeniedException" };
    expect((await run(["--region", REGION])).code).toBe(3);
  }, 30_000);
});

describe("docs/deploy.md", () => {
  const page = fs.readFileSync(path.join(ROOT, "docs/deploy.md"), "utf8");

  it("begins with the doctor, and its table of failures has each of its checks", async () => {
    expect(page.indexOf("npx certfront doctor")).toBeLessThan(page.indexOf("pulumi stack init"));
    const table = page.slice(page.indexOf("## When `pulumi up` fails"));
    for (const { check } of await findings()) {
      if (check === "AWS account") continue;
      expect(table).toContain(`(${check})`);
    }
  });
});
