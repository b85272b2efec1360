import * as fs from "node:fs";
import { isBuiltin } from "node:module";
import * as path from "node:path";
import { InstalledPackage } from "../../testing/installed-package";
import { libraryArguments } from "../../tools/library-reference";

const ROOT = path.join(__dirname, "../..");
const DOCUMENTED = libraryArguments(ROOT);

/** Pulumi's own template `aws-typescript`, and what the compiler here asks for beside it. */
const TEMPLATE = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  sourceMap: true,
  experimentalDecorators: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};
const HERE = { rootDir: ".", types: ["node"], ignoreDeprecations: "6.0", skipDefaultLibCheck: true };

/** The compiler that Pulumi brings along and takes where a project has none, as one that the template made. */
const BY_PULUMI = `(
  require("@pulumi/pulumi/vendor/ts-node@7.0.1/index.js").register({
    compiler: require.resolve("@pulumi/pulumi/vendor/typescript@3.8.3/typescript.js"),
    project: "template.json",
  }),
  require("./index.ts")
)`;

/** The first program of docs/library.md, as it stands there. */
const [, PROGRAM = ""] = /```ts\n([\s\S]*?)```/.exec(fs.readFileSync(path.join(ROOT, "docs/library.md"), "utf8")) ?? [];
/** What `npx certfront … --stack NAME` goes by (cli/target.ts). */
const FOR_THE_COMMAND = ["accountThumbprint", "addresses", "cas", "cnameTarget", "issuer", "region", "stack", "table"];

const PAGER = { "shop:pager": "arn:aws:sns:eu-west-1:123456789012:pager" };
/** Each is an error for the compiler, or its line is one. */
const MISTAKES = [
  '{ tenants: [{ domain: "data.paris.example", upstreams: "http://a:1" }] }',
  "{ tenants: [42] }",
  '{ tenants: ["data.paris.example"], cas: ["letsencript"] }',
  '{ contact: "ops@example.org" }',
];

/** Evaluates a compiled program with Pulumi's mocks, and says what it made. */
const evaluation = (load: string, stackConfig: Readonly<Record<string, string>>) => `
const fs = require("fs");
const pulumi = require("@pulumi/pulumi");
const aws = require("./aws-answers.js");
const made = [];
pulumi.runtime.setAllConfig(${JSON.stringify(stackConfig)});
pulumi.runtime.setMocks({
  newResource({ type, name, inputs }) {
    made.push({ type, name, inputs });
    return { id: aws.physicalId(type, name, inputs), state: { ...inputs, ...aws.computedOutputs(type, name, inputs) } };
  },
  call: ({ token, inputs }) => aws.answerInvoke(token, inputs),
}, "shop", "prod", false, "organization");
let outputs;
pulumi.runtime
  .runInPulumiStack(async () => {
    const program = await ${load};
    outputs = typeof program === "function" ? await program() : { ...program };
    return outputs;
  })
  .then(async () => {
    await pulumi.runtime.disconnect();
    const agent = await made.find(({ name }) => name.endsWith("-agent")).inputs.source.path;
    process.stdout.write(JSON.stringify({
      resources: made.length,
      tags: made.find(({ type }) => type === "aws:kms/key:Key").inputs.tags,
      actions: made.find(({ type }) => type === "aws:cloudwatch/compositeAlarm:CompositeAlarm").inputs.alarmActions,
      agentBytes: fs.statSync(agent).size,
      outputs: Object.keys(outputs).sort(),
    }));
  })
  .catch((error) => { console.error(error); process.exit(1); });
`;

interface Made {
  readonly resources: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly actions: readonly string[];
  readonly agentBytes: number;
  readonly outputs: readonly string[];
}

/** Node.js, and no pulumi. */
const NODE_ALONE = path.dirname(process.execPath);
const project = new InstalledPackage();
/** `npm run test:package`: npm itself installs, from its registry, and takes the newest that our ranges allow. */
const REGISTRY = process.env.CERTFRONT_REGISTRY === "npm";
// Two compilers and three evaluations, on a machine that does other things too.
jest.setTimeout(REGISTRY ? 900_000 : 300_000);
const tsc = (config: string) => project.run("node", ["node_modules/typescript/bin/tsc", "-p", config]);
const config = (options: object, files: string[]) =>
  JSON.stringify({ compilerOptions: { ...TEMPLATE, ...HERE, ...options }, files });

async function evaluated(load: string, stackConfig: Readonly<Record<string, string>> = {}): Promise<Made> {
  project.write("evaluate.js", evaluation(load, stackConfig));
  const { code, stdout, stderr } = await project.run("node", ["evaluate.js"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Made;
}
let made: Made;

const filesOf = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

beforeAll(async () => {
  project.write("package.json", JSON.stringify({ name: "shop" }));
  await project.install(["typescript", "@types/node"], REGISTRY);
  project.writeAwsAnswers("aws-answers.js");
});
afterAll(() => project.remove());

describe("the package that npm pack makes", () => {
  it("has what runs and what is read, and nothing of how it is made", () => {
    const { license, private: closed } = project.manifest();
    expect({ license, closed }).toEqual({ license: "Apache-2.0", closed: undefined });
    const files = filesOf(project.home).map((file) => path.relative(project.home, file));
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md", "docs/operations.md"]));
    expect(files).toEqual(expect.arrayContaining(["dist/agent/agent.js", "dist/issuer/index.js"]));
    expect(files.filter((file) => /(^|[^d])\.ts$|^(test|testing|bench|\.)|Pulumi\.local/.test(file))).toEqual([]);
  });

  it("depends on the packages that it loads, and on no other", () => {
    const { dependencies, peerDependencies } = project.manifest();
    const loaded = filesOf(path.join(project.home, "dist", "lib"))
      .filter((file) => file.endsWith(".js"))
      .flatMap((file) => [...fs.readFileSync(file, "utf8").matchAll(/require\("([^."][^"]*)"\)/g)])
      .map(([, name = ""]) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? "")
      .filter((name) => !isBuiltin(name) && name !== "esbuild");
    const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    expect([...new Set(loaded)].sort()).toEqual(declared.sort());
  });

  it("documents every argument, with an example", () => {
    const without = DOCUMENTED.flatMap(({ name, members }) =>
      members.filter(({ meaning, example }) => meaning === "" || !example).map((one) => `${name}.${one.name}`),
    );
    expect(without).toEqual([]);
    expect(DOCUMENTED.flatMap(({ members }) => members).length).toBeGreaterThan(35);
  });
});

describe("a program of one's own, CommonJS, with the options of Pulumi's template", () => {
  it("type-checks, with every example of the reference, and no mistake passes", async () => {
    const lines = DOCUMENTED.flatMap(({ name, members }) =>
      members.map((one) => `export const ${name}_${one.name}: Partial<${name}> = { ${one.example} };`),
    );
    const mistakes = MISTAKES.map((one) => `// @ts-expect-error\nnew TenantFront("web", ${one});`);
    const imports = DOCUMENTED.map(({ name }) => name).join(", ");
    project.write(
      "examples.ts",
      `import * as fs from "fs";\nimport * as pulumi from "@pulumi/pulumi";\nimport { TenantFront, ${imports} } from "certfront";\n${[...lines, ...mistakes].join("\n")}\n`,
    );
    project.write("index.ts", PROGRAM);
    project.write("tsconfig.json", config({}, ["index.ts", "examples.ts"]));
    expect(await tsc("tsconfig.json")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("makes the front, as `pulumi up` checks and loads it, from the bundles that came with the package", async () => {
    project.write("template.json", JSON.stringify({ compilerOptions: TEMPLATE }));
    made = await evaluated(BY_PULUMI, PAGER);
    expect(made.resources).toBeGreaterThan(100);
    expect(made.tags).toEqual({ certfront: "web", team: "web" });
    expect(made.actions).toEqual(["arn:aws:sns:eu-west-1:123456789012:pager"]);
    expect(made.agentBytes).toBeGreaterThan(50_000);
    expect(made.outputs).toEqual(expect.arrayContaining(FOR_THE_COMMAND));
  });
});

describe("a program of one's own, an ES module", () => {
  it("type-checks and makes the same", async () => {
    project.write("esm/package.json", JSON.stringify({ type: "module" }));
    project.write("esm/index.ts", PROGRAM);
    const options = { module: "nodenext", moduleResolution: "nodenext", skipLibCheck: true, outDir: "bin/esm" };
    project.write("esm.json", config(options, ["esm/index.ts"]));
    expect(await tsc("esm.json")).toEqual({ code: 0, stdout: "", stderr: "" });
    project.write("bin/esm/esm/package.json", JSON.stringify({ type: "module" }));
    expect(await evaluated('import("./bin/esm/esm/index.js")', PAGER)).toEqual(made);
  });
});

describe("certfront/program", () => {
  it("is the whole program, configured by the project's own stack file", async () => {
    const { resources, outputs } = await evaluated('require("certfront/program")', {
      "shop:tenants": '["data.paris.example"]',
      "shop:cas": '["letsencrypt-staging"]',
    });
    expect(resources).toBeGreaterThan(100);
    expect(outputs).toEqual(expect.arrayContaining(["statusCommand", "tenantDnsRecords", "loadBalancerName"]));
  });
});

describe("npx certfront, from the installed package", () => {
  const certfront = (...args: string[]) => project.run("node_modules/.bin/certfront", args, { PATH: NODE_ALONE });

  it("says its version and its help", async () => {
    expect(await certfront("--version")).toEqual({ code: 0, stdout: `${project.manifest().version}\n`, stderr: "" });
    expect(await certfront("status", "--help")).toMatchObject({ code: 0, stderr: "" });
  });

  it("says what is missing where there is no stack, without a stack trace", async () => {
    const { code, stderr } = await certfront("status");
    expect(code).toBe(3);
    expect(stderr).toContain("the pulumi command is not installed");
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
