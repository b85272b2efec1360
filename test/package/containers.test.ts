import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { STACK_PACKAGES } from "../../local/process/debian/ensure-packages";
import { SUITE_PACKAGES } from "../../testing/debian/packages";
import { scriptOf, stagesOf } from "../../tools/dockerfile";

// Docker cannot be run where these tests run: what can be read of the files is held to what is run.
const ROOT = path.join(__dirname, "../..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");
const DOCKERFILE = read("Dockerfile");
const STAGES = stagesOf(DOCKERFILE);
const installed = (name: string): string[] => {
  const runs = STAGES.get(name)?.instructions.filter((one) => one.name === "RUN") ?? [];
  const [, list = ""] = /apt-get install -y --no-install-recommends ([^&]+)/.exec(runs[0]?.words ?? "") ?? [];
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

  it("copies what there is", () => {
    for (const { instructions } of STAGES.values())
      for (const { words } of instructions.filter(({ name }) => name === "COPY"))
        for (const file of words.split(" ").slice(0, -1)) expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
  });

  // `npm run test:fresh -- --docker stack` runs it, in a Debian made anew.
  it("can be run as a script", () => {
    expect(scriptOf(DOCKERFILE, "stack", "/context", "--once").split(" && ").slice(-6)).toEqual([
      "mkdir -p /certfront",
      "cd /certfront",
      "cp -a /context/package.json /context/package-lock.json ./",
      "(npm ci)",
      "cp -a /context/. .",
      "npm start -- --once",
    ]);
    expect(scriptOf(DOCKERFILE, "suite", "/context")).toMatch(/ && npm test$/);
    expect(() => scriptOf(DOCKERFILE, "none", "/context")).toThrow("The Dockerfile has no stage none.");
    expect(() => scriptOf("FROM a AS b\nVOLUME /c", "b", "/context")).toThrow("This knows no VOLUME.");
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
