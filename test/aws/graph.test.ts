import { checked, configuredGraph, type Job, plantedFaults, type Report } from "../../proof/graph/as-python";
import { EVERY_OPTION } from "../../proof/graph/every-option";
import { listedFaults } from "../../proof/graph/faults-page";
import { pythonTools } from "../../proof/tools/python";
import { TEST_PLACE } from "../../testing/aws-answers";
import { describeWith } from "../../testing/left-out";

const python = pythonTools();
const bin = "bin" in python ? python.bin : "";

/** Where cfn-lint knows different offers: an old and a new region, two that opted in late, GovCloud and China. */
const REGIONS = ["eu-west-1", "us-east-1", "ap-south-1", "eu-central-2", "us-gov-west-1", "cn-north-1"];

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
  { name: "with every option", config: EVERY_OPTION, regions: REGIONS, emulated: true },
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
  let reports: Readonly<Record<string, Report>>;
  beforeAll(async () => {
    const jobs: Job[] = [];
    for (const { name, config, place, regions = ["eu-west-1"], emulated = false } of CONFIGURATIONS) {
      jobs.push({ name, graph: await configuredGraph(config, place), regions, emulated });
    }
    reports = await checked(bin, jobs);
  });
  afterAll(() => {
    for (const [name, report] of Object.entries(reports ?? {})) {
      const rows = Object.entries(report).map(
        ([step, { checked: count, seconds }]) => `${step.padEnd(9)} ${String(count).padStart(5)} in ${seconds} s`,
      );
      process.stdout.write(`${[`${name}: what each step looked at`, ...rows].join("\n  ")}\n`);
    }
  });

  describe.each(CONFIGURATIONS)("$name", ({ name, emulated }) => {
    const steps: readonly [step: string, means: string][] = [
      ["names", "@pulumi/aws knows every argument, and deprecates none"],
      ["models", "AWS' API models take every call: types, minima, maxima, patterns, enums"],
      ["limits", "limits that AWS states in prose hold"],
      ["policies", "parliament, cloudsplaining and the authorization reference find nothing in the policies"],
      ["schemas", "cfn-lint finds nothing in the translated template"],
      ...(emulated ? ([["emulator", "moto makes every resource that it knows"]] as [string, string][]) : []),
    ];
    test.each(steps)("%s: %s", (step) => {
      const { checked: count = 0, found = ["was not run"] } = reports[name]?.[step] ?? {};
      expect(found).toEqual([]);
      expect(count).toBeGreaterThan(10);
    });
  });

  test("each planted fault is found by the step that docs/planted-faults.md names", async () => {
    const { planted, missed, absent } = await plantedFaults(bin, await configuredGraph(EVERY_OPTION));
    // A fault that can no longer be planted proves nothing either: the program changed, so must the table.
    expect({ missed, absent }).toEqual({ missed: [], absent: [] });
    expect(planted.length).toBeGreaterThanOrEqual(40);
    // `npm run faults` writes the page.
    expect(planted.map(({ fault, step }) => ({ fault, step }))).toEqual(listedFaults());
  });
});
