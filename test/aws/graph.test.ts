import { askPython, configuredGraph, type Findings } from "../../proof/graph/as-python";
import { pythonTools } from "../../proof/tools/python";
import { TEST_PLACE } from "../../testing/aws-answers";
import { describeWith } from "../../testing/left-out";

const python = pythonTools();
const bin = "bin" in python ? python.bin : "";

/** Where cfn-lint knows different offers: an old and a new region, two that opted in late, GovCloud and China. */
const REGIONS = ["eu-west-1", "us-east-1", "ap-south-1", "eu-central-2", "us-gov-west-1", "cn-north-1"];

const EVERYTHING = {
  tenants: ["example.org", { domain: "www.example.net", aliases: ["example.net"], http: "serve" }],
  defaultUpstream: "http://app.example.org:8080",
  cas: ["letsencrypt", "zerossl"],
  eab: { zerossl: { kid: "kid-1", hmacKey: "c2VjcmV0LW9mLWEtdGVzdA" } },
  contact: "ops@example.org",
  accountKey: 2,
  operator: { name: "Example", support: "https://example.org/help" },
  cnameTarget: "edge.example.org",
  cnameZoneId: "Z0123456789ABCDEFGHIJ",
  minFronts: 3,
  maxFronts: 9,
  instanceType: "c7g.large",
  ami: "ami-0123456789abcdef0",
  sessionManager: true,
  alarmEmail: "ops@example.org",
  pageEmail: "pager@example.org",
  runbookUrl: "https://git.example.org/ops/certfront/docs/operations.md",
  logRetentionDays: 365,
  tags: { team: "web" },
};

interface Configuration {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly place?: typeof TEST_PLACE;
  readonly regions?: readonly string[];
  /** Whether the emulator can stand in for AWS: it knows no network that it did not make, and one partition. */
  readonly emulated?: boolean;
}

const CONFIGURATIONS: readonly Configuration[] = [
  { name: "as it comes, with nothing set", config: {}, emulated: true },
  { name: "with every option", config: EVERYTHING, regions: REGIONS, emulated: true },
  {
    name: "in a network that exists",
    config: { vpcId: "vpc-0123456789abcdef0", subnetIds: ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"] },
  },
  { name: "on x86", config: { instanceType: "m7i.large" } },
  { name: "from an image of one's own", config: { customAmi: "ami-0123456789abcdef0" } },
  { name: "with a topic of one's own", config: { alarmTopicArn: "arn:aws:sns:eu-west-1:111122223333:pager" } },
  {
    name: "with a CA that binds accounts",
    config: { cas: ["zerossl"], eab: { zerossl: { kid: "kid-1", hmacKey: "c2VjcmV0LW9mLWEtdGVzdA" } } },
  },
  {
    name: "in GovCloud",
    config: {},
    place: { ...TEST_PLACE, partition: "aws-us-gov", region: "us-gov-west-1" },
    regions: ["us-gov-west-1"],
  },
  {
    name: "in China",
    config: {},
    place: { ...TEST_PLACE, partition: "aws-cn", region: "cn-north-1", dnsSuffix: "amazonaws.com.cn" },
    regions: ["cn-north-1"],
  },
];

describeWith(python, "the graph, checked by programs that nobody here wrote", () => {
  describe.each(CONFIGURATIONS)("$name", ({ name, config, place, regions = ["eu-west-1"], emulated }) => {
    let report: Readonly<Record<string, Findings>>;
    afterAll(() => {
      const rows = Object.entries(report ?? {}).map(
        ([step, { checked, seconds }]) => `${step.padEnd(9)} ${String(checked).padStart(5)} in ${seconds} s`,
      );
      process.stdout.write(`${[`${name}: what each step looked at`, ...rows].join("\n  ")}\n`);
    });
    beforeAll(async () => {
      const graph = await configuredGraph(config, place);
      const steps = emulated ? ["emulator"] : [];
      report = (await askPython(bin, "check", graph, regions.join(","), ...steps)) as typeof report;
    });

    const steps: readonly [step: string, means: string][] = [
      ["names", "@pulumi/aws knows every argument, and deprecates none"],
      ["models", "AWS' API models take every call: types, minima, maxima, patterns, enums"],
      ["limits", "limits that AWS states in prose hold"],
      ["policies", "parliament, cloudsplaining and the authorization reference find nothing in the policies"],
      ["schemas", "cfn-lint finds nothing in the translated template"],
      ...(emulated ? ([["emulator", "moto makes every resource that it knows"]] as [string, string][]) : []),
    ];
    test.each(steps)("%s: %s", (step) => {
      const { checked = 0, found = ["was not run"] } = report[step] ?? {};
      expect(found).toEqual([]);
      expect(checked).toBeGreaterThan(10);
    });
  });

  test("each of the planted faults is found by one of the steps", async () => {
    const graph = await configuredGraph(EVERYTHING);
    const { planted, missed, absent } = (await askPython(bin, "faults", graph)) as {
      readonly planted: readonly { readonly fault: string; readonly step: string; readonly found: string }[];
      readonly missed: readonly string[];
      readonly absent: readonly string[];
    };
    const rows = planted.map(({ fault, step, found }) => `${step.padEnd(9)} ${fault}: ${found}`);
    process.stdout.write(`${["Planted faults, and the step that finds each:", ...rows].join("\n  ")}\n`);
    // A fault that can no longer be planted proves nothing either: the program changed, so must the table.
    expect({ missed, absent }).toEqual({ missed: [], absent: [] });
    expect(planted.length).toBeGreaterThanOrEqual(40);
  });
});
