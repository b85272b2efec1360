import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { isArm } from "../../infra/account/instance-types";
import { choosePlacement } from "../../infra/fronts/placement";
import { NAME_LIMITS, namePrefix, pathOf, physicalName, stackName } from "../../infra/naming/names";

beforeAll(() => {
  const monitor = new MockMonitor({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
  pulumi.runtime.setMockOptions(monitor, "certfront", "prod", false, "organization");
});

describe("names on AWS", () => {
  const longest = "A.very_long-Stack".repeat(6).slice(0, 100);

  test("have the lengths that AWS allows", () => {
    expect(NAME_LIMITS).toEqual({
      function: 64,
      loadBalancer: 32,
      targetGroup: 32,
      schedule: 64,
      queue: 80,
      topic: 256,
      eventRule: 64,
      table: 255,
      // 64 and 63, less the 26 that are added.
      rolePrefix: 64 - 26,
      bucketPrefix: 63 - 26,
    });
  });

  test.each(Object.entries(NAME_LIMITS))(
    "a %s has at most its %i characters, whatever the stack is called",
    (_, limit) => {
      for (const stack of ["d", "dev", "9.lives", "-x-", longest]) {
        const name = physicalName(`${stack}-lb-https`, limit);
        expect(name.length).toBeLessThanOrEqual(limit);
        expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      }
    },
  );

  test("prefixes leave room for what AWS adds", () => {
    expect(namePrefix(longest, NAME_LIMITS.rolePrefix).length).toBeLessThanOrEqual(NAME_LIMITS.rolePrefix);
    expect(namePrefix("dev-issuer", NAME_LIMITS.rolePrefix)).toMatch(/^certfront-dev-issuer-[0-9a-f]{6}-$/);
  });

  test("long names that are cut alike stay apart, and a name stays the same", () => {
    const http = physicalName(`${longest}-http`, NAME_LIMITS.targetGroup);
    expect(http).not.toBe(physicalName(`${longest}-https`, NAME_LIMITS.targetGroup));
    expect(http).toBe(physicalName(`${longest}-http`, NAME_LIMITS.targetGroup));
  });

  test("paths of parameters and logs hold no character that AWS refuses", () => {
    expect(pathOf(stackName("My_Stack.1"))).toBe("/certfront/certfront-my-stack-1");
  });
});

describe("where fronts run", () => {
  const offered = (type: string, ...zones: string[]) => zones.map((zone) => ({ instanceType: type, zone }));

  test("takes the first type that two open zones offer, and those zones", () => {
    const offerings = [...offered("c7g.medium", "x-1a"), ...offered("c6g.medium", "x-1a", "x-1c", "x-1b")];
    const zones = { open: ["x-1c", "x-1a"], closed: ["x-1b"] };
    expect(choosePlacement(["c7g.medium", "c6g.medium"], zones, offerings, 2)).toEqual({
      instanceTypes: ["c7g.medium", "c6g.medium"],
      zones: ["x-1a", "x-1c"],
    });
  });

  test("lets types share the zones where none is offered in two, and counts on closed zones at last", () => {
    const offerings = [...offered("c7g.medium", "x-1a"), ...offered("m6g.medium", "x-1b")];
    const wanted = ["c7g.medium", "m6g.medium"];
    const both = { instanceTypes: wanted, zones: ["x-1a", "x-1b"] };
    expect(choosePlacement(wanted, { open: ["x-1a", "x-1b"], closed: [] }, offerings, 2)).toEqual(both);
    expect(choosePlacement(wanted, { open: ["x-1a"], closed: ["x-1b"] }, offerings, 2)).toEqual(both);
  });

  test("says which types were looked for when none is offered widely enough", () => {
    expect(() =>
      choosePlacement(["m9g.medium"], { open: ["x-1a", "x-1b"], closed: [] }, offered("m9g.medium", "x-1a"), 2),
    ).toThrow("certfront:instanceType: none of m9g.medium is offered in 2 availability zones of this region");
  });

  test.each([
    ["c7g.medium", true],
    ["t4g.small", true],
    ["c7gn.large", true],
    ["im4gn.large", true],
    ["a1.medium", true],
    ["c7i.large", false],
    ["g4dn.xlarge", false],
    ["m6id.large", false],
    ["t3.small", false],
  ])("%s is Arm: %s", (type, arm) => {
    expect(isArm(type)).toBe(arm);
  });
});
