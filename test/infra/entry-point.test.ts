import * as path from "node:path";
import { thumbprintOf } from "../../core/ca/challenge";
import { readConfig } from "../../infra/config/config";
import { TenantFront } from "../../infra/tenant-front";
import { type Program, runProgram } from "../../local/engine/engine";
import { isProperties, type Properties, type Value } from "../../local/engine/wire";
import { ACCOUNT_PUBLIC_KEY, answerInvoke, computedOutputs, physicalId } from "../../testing/aws-answers";
import { graphOf, standInBundles, TEST_STACK } from "../../testing/graph";

const ROOT = path.join(__dirname, "../..");
const TENANTS = JSON.stringify(["example.org", { domain: "www.example.net", http: "serve" }]);
const EAB = JSON.stringify({ zerossl: { kid: "kid-1", hmacKey: "binding-hmac-secret" } });

/** Runs the program as `pulumi up` does: Pulumi's own entry point, over gRPC, from the repository's root. */
function run(config: Record<string, string>, made: string[] = []): Promise<Program> {
  return runProgram({
    root: ROOT,
    project: "certfront",
    stack: TEST_STACK,
    config,
    secretKeys: ["certfront:eab"],
    realise: async ({ type, name, inputs }) => {
      made.push(name);
      return { id: physicalId(type, name, inputs), ...(computedOutputs(type, name, inputs) as Properties) };
    },
    invoke: async (token, args) => answerInvoke(token, args) as Properties,
    log: () => {},
  });
}

/** Bundles are real on one side and stand-ins on the other: what follows from their bytes is left out. */
function withoutBundles(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutBundles(item) ?? null);
  if (!isProperties(value)) return typeof value === "string" ? value.replace(/agent-[0-9a-f]{64}/g, "agent") : value;
  const kept = Object.entries(value).filter(([key]) => !["code", "source", "userData"].includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutBundles(inner) ?? null]));
}

// Bundles everything, and starts Node twice.
jest.setTimeout(180_000);

describe("the program under Pulumi's own entry point", () => {
  test("registers the same resources as in process, and exports what a person needs next", async () => {
    const config = { tenants: TENANTS, cas: '["letsencrypt","zerossl"]', eab: EAB, alarmEmail: "ops@example.org" };
    const real = await run(
      Object.fromEntries(Object.entries(config).map(([key, value]) => [`certfront:${key}`, value])),
    );
    const inProcess = await graphOf(() => {
      const args = readConfig({ values: config, secretKeys: ["eab"], readFile: () => "" });
      new TenantFront(TEST_STACK, { ...args, bundles: standInBundles() });
      return undefined;
    });

    const comparable = (nodes: Iterable<{ urn: string; custom: boolean; protect: boolean; inputs: Properties }>) =>
      [...nodes]
        .filter(({ custom }) => custom)
        .map(({ urn, protect, inputs }) => JSON.stringify([urn, protect, withoutBundles(inputs)]))
        .sort();
    expect(comparable(real.graph.values())).toEqual(comparable(inProcess.nodes));

    expect(real.outputs).toMatchObject({
      stack: "certfront-dev",
      region: "eu-west-1",
      addresses: ["192.0.2.1", "192.0.2.2"],
      cnameTarget: expect.stringMatching(/\.elb\.eu-west-1\.amazonaws\.com$/),
      table: expect.stringMatching(/^certfront-dev-/),
      issuer: expect.stringMatching(/^certfront-dev-issuer-/),
      accountThumbprint: thumbprintOf(ACCOUNT_PUBLIC_KEY),
      monitor: expect.stringMatching(/^certfront-dev-monitor-/),
      tenantDnsRecords: [
        { name: "example.org", type: "A", values: ["192.0.2.1", "192.0.2.2"] },
        { name: "www.example.net", type: "CNAME", values: [real.outputs.cnameTarget] },
      ],
      statusCommand: "npx certfront status --stack dev",
      dashboardUrl: expect.stringMatching(
        /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/cloudwatch\/.*#dashboards\/dashboard\/certfront-dev-/,
      ),
      alarmsUrl: expect.stringMatching(/#alarmsV2:\?search=certfront-dev-$/),
    });
    expect(JSON.stringify(real.outputs)).not.toContain("binding-hmac-secret");
  });

  test("says everything that is wrong at once, makes nothing, and shows no stack trace", async () => {
    const wrong = { tenants: '["not a name"]', minFronts: "two", contact: "nobody", protect: "perhaps", tagz: "{}" };
    const made: string[] = [];
    const config = Object.fromEntries(Object.entries(wrong).map(([key, value]) => [`certfront:${key}`, value]));
    const message = await run(config, made).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toContain("5 problems in the configuration:");
    for (const path of ["tenants[0]", "minFronts", "contact", "protect", "tagz"])
      expect(message).toContain(`  ${path}: `);
    expect(message).toContain("Correct every line above and run again; nothing was changed.");
    expect(message).not.toMatch(/\n\s+at /);
    expect(made).toEqual([]);
  });
});
