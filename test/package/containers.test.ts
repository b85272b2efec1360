import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { STACK_PACKAGES } from "../../local/process/debian/ensure-packages";
import { SUITE_PACKAGES } from "../../testing/debian/packages";

// Docker cannot be run where these tests run: what can be read of the files is held to what is run.
const ROOT = path.join(__dirname, "../..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");
const DOCKERFILE = read("Dockerfile");
/** Stages by name, each with the one that it begins from and its text. */
const STAGES = new Map(
  DOCKERFILE.split(/^FROM /m)
    .slice(1)
    .map((stage) => {
      const [, from = "", name = ""] = /^(\S+) AS (\S+)$/m.exec(stage) ?? [];
      return [name, { from, text: stage.replaceAll("\\\n", " ") }] as const;
    }),
);
const installed = (name: string): string[] => {
  const [, list = ""] = /apt-get install -y --no-install-recommends ([^&]+)/.exec(STAGES.get(name)?.text ?? "") ?? [];
  return list.trim().split(/\s+/);
};

describe("the Dockerfile", () => {
  it("installs for the stack what npm start installs", () => {
    expect(installed("stack").sort()).toEqual(Object.keys(STACK_PACKAGES).sort());
  });

  it("installs for the suite what npm test installs", () => {
    expect([...installed("stack"), ...installed("suite")].sort()).toEqual(Object.keys(SUITE_PACKAGES).sort());
  });

  it("begins from an image in which the suite runs for every change", () => {
    const { jobs } = parse(read(".github/workflows/ci.yml"));
    expect(jobs.test.strategy.matrix.image).toContain(STAGES.get("stack")?.from);
    expect(STAGES.get("suite")?.from).toBe("stack");
  });

  it("knows only instructions that there are, and copies what there is", () => {
    const lines = DOCKERFILE.replaceAll("\\\n", " ").split("\n");
    const instructions = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(" ")[0]);
    const known = ["FROM", "RUN", "WORKDIR", "COPY", "ENTRYPOINT", "CMD"];
    expect(instructions.filter((one) => !known.includes(one ?? ""))).toEqual([]);
    for (const [, files = ""] of DOCKERFILE.matchAll(/^COPY (.+) \S+$/gm))
      for (const file of files.split(" ")) expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
    for (const [, json = ""] of DOCKERFILE.matchAll(/^(?:ENTRYPOINT|CMD) (.+)$/gm))
      expect(JSON.parse(json)).toEqual(expect.any(Array));
  });
});

describe("the devcontainer", () => {
  const settings = JSON.parse(read(".devcontainer/devcontainer.json"));

  it("is a stage of the Dockerfile", () => {
    const { dockerfile, context, target } = settings.build;
    expect(path.join(ROOT, ".devcontainer", dockerfile)).toBe(path.join(ROOT, "Dockerfile"));
    expect(path.join(ROOT, ".devcontainer", context)).toBe(`${ROOT}`);
    expect(STAGES.has(target)).toBe(true);
  });

  it("shows the console at the port that README.md names", () => {
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(read("README.md")) ?? [];
    expect(settings.forwardPorts).toEqual([Number(port)]);
  });
});
