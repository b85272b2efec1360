import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "../..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");

describe("a push", () => {
  const steps = [...read(".ci/run").matchAll(/^npm (.+)$/gm)].map(([line]) => line);

  it("runs types and style, the floor of coverage, other people's programs and the whole suite, and ends with its summary", () => {
    expect(steps).toEqual(["npm ci", "npm run check", "npm run coverage", "npm run test:proof", "npm test"]);
  });

  it("runs nothing that README.md does not name", () => {
    for (const step of steps) expect(read("README.md")).toMatch(new RegExp(`^${step}(\\s|$)`, "m"));
  });

  it("is refused below 95 % of statements or 87 % of branches of core, store and acme", () => {
    const { coverageThreshold, collectCoverageFrom } = require("../../jest.coverage.js");
    expect(coverageThreshold.global).toEqual({ statements: 95, branches: 87 });
    expect(collectCoverageFrom).toEqual(["core/**/*.ts", "store/**/*.ts", "acme/**/*.ts"]);
  });
});
