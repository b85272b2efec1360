import * as fs from "node:fs";
import * as path from "node:path";
import { pythonPrograms, yamlPrograms } from "../../proof/engine/languages";
import { PulumiProject } from "../../proof/engine/project";
import type { Call } from "../../proof/engine/stand-in-cloud";
import { ROOT } from "../../proof/tools/cached";
import { describeWith } from "../../testing/left-out";

/** A program of docs/library.md, as it stands there. */
function documented(fence: string, firstWord: string): string {
  const guide = fs.readFileSync(path.join(ROOT, "docs/library.md"), "utf8");
  const [, program] = new RegExp(`\`\`\`${fence}\\n(${firstWord}[\\s\\S]*?)\`\`\``).exec(guide) ?? [];
  if (program === undefined) throw new Error(`docs/library.md has no program in ${fence}`);
  return program;
}

const LANGUAGES = [
  {
    language: "YAML",
    programs: yamlPrograms(),
    program: documented("yaml", "name: "),
    right: "contact: ops@example.org",
    wrong: "contact: nobody\n      minFronts: 9\n      maxFronts: 3",
    outputs: { stack: "shop-web", cnameTarget: expect.any(String) },
  },
  {
    language: "Python",
    programs: pythonPrograms(),
    program: documented("python", "import "),
    right: 'contact="ops@example.org"',
    wrong: 'contact="nobody", min_fronts=9, max_fronts=3',
    outputs: { called: "shop-web", cnameTarget: expect.any(String) },
  },
];

const made = (calls: readonly Call[]) => calls.filter(({ op }) => op === "create").map(({ type }) => type);
const changed = (calls: readonly Call[]) => calls.filter(({ op }) => op !== "invoke");

for (const { language, programs, program, right, wrong, outputs } of LANGUAGES) {
  describeWith(programs, `the component in a ${language} program, under the real Pulumi engine`, () => {
    let project: PulumiProject;
    let folder: string;
    let plugins: string;
    let env: NodeJS.ProcessEnv = {};
    const run = (line: string) => project.run(line, env, folder);
    const must = async (line: string) => {
      const ran = await run(line);
      if (ran.code !== 0) throw new Error(`${line} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
      return ran;
    };
    const layProgram = (text: string) => {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.mkdirSync(folder);
      if ("lay" in programs) env = programs.lay(folder, text);
    };

    beforeAll(async () => {
      // Where the program's own modules are found: the plugin is TypeScript here.
      plugins = fs.mkdtempSync(path.join(ROOT, ".cache", "component-"));
      fs.symlinkSync(path.join(ROOT, "component", "index.js"), path.join(plugins, "pulumi-resource-certfront"));
      project = new PulumiProject({ programs: [...("folders" in programs ? programs.folders : []), plugins] });
      folder = path.join(project.folder, "shop");
      layProgram(program);
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
      await must("pulumi up --skip-preview");
      expect(made(project.takeCalls()).length).toBeGreaterThan(80);
      const found = JSON.parse((await must("pulumi stack output --json")).stdout);
      expect(found).toMatchObject(outputs);
      expect(found.addresses).toHaveLength(2);
      await must("pulumi up --skip-preview");
      expect(changed(project.takeCalls())).toEqual([]);
    });

    test("mistakes are said at their arguments, all at once, and nothing is made", async () => {
      const stackFile = path.join(folder, "Pulumi.prod.yaml");
      const settings = fs.readFileSync(stackFile);
      expect(program).toContain(right);
      layProgram(program.replace(right, wrong));
      fs.writeFileSync(stackFile, settings);
      const { code, stdout, stderr } = await run("pulumi up --skip-preview");
      expect(code).not.toBe(0);
      for (const where of ["contact", "maxFronts"]) expect(stdout + stderr).toContain(where);
      expect(stdout + stderr).not.toMatch(/\n\s+at /);
      expect(changed(project.takeCalls())).toEqual([]);
    });
  });
}
