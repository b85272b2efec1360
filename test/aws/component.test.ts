import * as fs from "node:fs";
import * as path from "node:path";
import { PulumiProject } from "../../proof/engine/project";
import type { Call } from "../../proof/engine/stand-in-cloud";
import { ROOT } from "../../proof/tools/cached";
import { engine } from "../../proof/tools/engine";
import { goProgram } from "../../proof/tools/go";
import { describeWith } from "../../testing/left-out";

const programs = engine();
const yaml = goProgram("pulumi-language-yaml");
const available = "unavailable" in programs ? programs : yaml;
const folders = "folders" in programs && "program" in yaml ? [...programs.folders, path.dirname(yaml.program)] : [];

/** The YAML program of docs/library.md, as it stands there. */
const [, PROGRAM = ""] =
  /```yaml\n(name: [\s\S]*?)```/.exec(fs.readFileSync(path.join(ROOT, "docs/library.md"), "utf8")) ?? [];

const made = (calls: readonly Call[]) => calls.filter(({ op }) => op === "create").map(({ type }) => type);

describeWith(available, "the component in a YAML program, under the real Pulumi engine with a stand-in for AWS", () => {
  let project: PulumiProject;
  let folder: string;
  let plugins: string;
  const run = (line: string) => project.run(line, {}, folder);
  const must = async (line: string) => {
    const ran = await run(line);
    if (ran.code !== 0) throw new Error(`${line} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
    return ran;
  };
  const write = (program: string) => fs.writeFileSync(path.join(folder, "Pulumi.yaml"), program);

  beforeAll(async () => {
    plugins = fs.mkdtempSync(path.join(ROOT, ".cache", "component-"));
    fs.symlinkSync(path.join(ROOT, "component", "index.js"), path.join(plugins, "pulumi-resource-certfront"));
    project = new PulumiProject({ programs: [...folders, plugins] });
    folder = path.join(project.folder, "shop");
    fs.mkdirSync(folder);
    write(PROGRAM);
    await must("pulumi stack init prod && pulumi config set aws:region eu-west-1");
  });
  afterAll(() => {
    project?.remove();
    if (plugins) fs.rmSync(plugins, { recursive: true });
  });

  test("the engine reads its schema: the package is one that other languages' SDKs are made from", async () => {
    const { stdout } = await must("pulumi package get-schema $(which pulumi-resource-certfront)");
    expect(JSON.parse(stdout)).toMatchObject({
      name: "certfront",
      resources: { "certfront:index:TenantFront": { isComponent: true, requiredInputs: ["tenants"] } },
    });
  });

  test("a preview plans what the TypeScript program makes, and makes nothing", async () => {
    const { stdout } = await must("pulumi preview --json");
    const { changeSummary } = JSON.parse(stdout) as { changeSummary: Record<string, number> };
    expect(changeSummary.create).toBeGreaterThan(100);
    expect(made(project.takeCalls())).toEqual([]);
  });

  test("`pulumi up` makes it, with its outputs, and a second one changes nothing", async () => {
    await must("pulumi up");
    expect(made(project.takeCalls()).length).toBeGreaterThan(80);
    const outputs = JSON.parse((await must("pulumi stack output --json")).stdout);
    expect(outputs).toMatchObject({ stack: "shop-web", cnameTarget: expect.any(String) });
    expect(outputs.addresses).toHaveLength(2);
    await must("pulumi up");
    expect(project.takeCalls().filter(({ op }) => op !== "invoke")).toEqual([]);
  });

  test("mistakes are said at their arguments, all at once, and nothing is made", async () => {
    write(PROGRAM.replace("contact: ops@example.org", "contact: nobody\n      minFronts: 9\n      maxFronts: 3"));
    const { code, stdout, stderr } = await run("pulumi up");
    expect(code).not.toBe(0);
    for (const where of ["contact", "maxFronts"]) expect(stdout + stderr).toContain(where);
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
    expect(project.takeCalls().filter(({ op }) => op !== "invoke")).toEqual([]);
  });
});
