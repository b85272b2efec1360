import { oneOfEach } from "../../infra/network/network";
import { TEST_PLACE } from "../../testing/aws-answers";
import type { Graph, RegisteredResource } from "../../testing/graph";
import { tenantFrontGraph } from "../../testing/tenant-front";

/** Properties that AWS cannot change of what exists: with another value the provider makes another one. */
const FIXED: Record<string, readonly string[]> = {
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "cidrBlock", "vpcId"],
  "aws:ec2/securityGroup:SecurityGroup": ["name", "namePrefix", "description", "vpcId"],
  "aws:lb/loadBalancer:LoadBalancer": ["name", "internal", "loadBalancerType", "subnetMappings"],
  "aws:lb/targetGroup:TargetGroup": ["name", "port", "protocol", "targetType", "vpcId"],
  "aws:lb/listener:Listener": ["loadBalancerArn"],
  "aws:autoscaling/group:Group": ["name", "namePrefix"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix"],
  "aws:dynamodb/table:Table": ["name", "hashKey", "rangeKey"],
  "aws:sns/topic:Topic": ["name"],
};
const NAMED = ["name", "namePrefix", "alarmName", "dashboardName"];

/** What a deployment after `before` would replace, or delete and make anew under another name. */
function replaced(before: Graph, after: Graph): string[] {
  const find = ({ type, name }: RegisteredResource) =>
    after.nodes.find((node) => node.type === type && node.name === name);
  const changed = (node: RegisteredResource, next: RegisteredResource) =>
    (FIXED[node.type] ?? NAMED).filter((key) => JSON.stringify(node.inputs[key]) !== JSON.stringify(next.inputs[key]));
  return before.nodes
    .filter(({ custom }) => custom)
    .flatMap((node) => {
      const next = find(node);
      return next === undefined ? [`${node.name} is gone`] : changed(node, next).map((key) => `${node.name}: ${key}`);
    });
}

const inputsOf = (graph: Graph, ending: string) => graph.named(ending).inputs;

describe("after the first deployment nothing is replaced because", () => {
  let first: Graph;
  /** In the first zones only the second type is offered. */
  const place = { ...TEST_PLACE, offers: (type: string, zone: string) => type !== "c7g.medium" || zone.endsWith("c") };

  beforeAll(async () => {
    first = await tenantFrontGraph({}, "dev", place);
    expect(inputsOf(first, "fronts-template").instanceType).toBe("c6g.medium");
  });

  test.each([
    ["a zone is gone", { ...place, openZones: "bc" }],
    ["only one zone is open", { ...place, openZones: "c" }],
    ["a type is newly offered", TEST_PLACE],
    ["a zone comes before those there were", { ...place, zones: "0abc", openZones: "0abc" }],
  ])("%s", async (_, today) => {
    const next = await tenantFrontGraph({}, "dev", today, { before: first });
    expect(replaced(first, next)).toEqual([]);
    // Nor does anything roll the fronts.
    for (const ending of ["fronts-template", "fronts-group"]) {
      expect(inputsOf(next, ending)).toEqual(inputsOf(first, ending));
    }
  });

  test("the stack is renamed, or moved to another organization", async () => {
    const moved = await tenantFrontGraph({}, "dev", place, {
      before: first,
      stack: "production",
      organization: "acme",
    });
    expect(replaced(first, moved)).toEqual([]);
  });

  test("the user chooses another type: the fronts alone change, and stay where they are", async () => {
    const larger = await tenantFrontGraph({ fronts: { min: 2, max: 4, instanceTypes: ["m7g.large"] } }, "dev", place, {
      before: first,
    });
    expect(replaced(first, larger)).toEqual([]);
    expect(inputsOf(larger, "fronts-group").mixedInstancesPolicy).toMatchObject({
      launchTemplate: { overrides: [{ instanceType: "m7g.large" }] },
    });
    // And back again, which is the first choice and not the day's.
    const back = await tenantFrontGraph({}, "dev", TEST_PLACE, { before: larger });
    expect(inputsOf(back, "fronts-group")).toEqual(inputsOf(first, "fronts-group"));
  });
});

describe("a network that exists", () => {
  const network = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };

  test("says which types there are by its own zones", async () => {
    const offers = (type: string, zone: string) => type === "m6g.medium" || zone.endsWith("c");
    const graph = await tenantFrontGraph({ network }, "dev", { ...TEST_PLACE, offers });
    expect(inputsOf(graph, "fronts-template").instanceType).toBe("m6g.medium");
  });

  test("with two subnets in one zone is refused, naming them", () => {
    const subnets = ["a", "b", "a"].map((zone, at) => ({
      id: `subnet-${at + 1}`,
      availabilityZone: `eu-west-1${zone}`,
    }));
    expect(() => oneOfEach(subnets)).toThrow(
      "certfront:subnetIds: subnet-3 is in eu-west-1a, like subnet-1; name one subnet of each zone.",
    );
    expect(oneOfEach(subnets.slice(0, 2))).toEqual(["eu-west-1a", "eu-west-1b"]);
  });
});
