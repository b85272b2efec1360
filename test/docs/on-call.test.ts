import * as fs from "node:fs";
import * as path from "node:path";
import { SEVERITIES } from "../../infra/alarms/texts";
import { withAlarms } from "../../tools/on-call";

const page = fs.readFileSync(path.join(__dirname, "../../docs/on-call.md"), "utf8");

describe("docs/on-call.md", () => {
  it("has every alarm's own description: npm run docs", () => {
    expect(withAlarms(page)).toBe(page);
    for (const key of Object.keys(SEVERITIES).filter((one) => one !== "page")) expect(page).toContain(`\n### ${key}\n`);
  });

  it("has those that page before those that warn", () => {
    const keys = [...page.matchAll(/^### (\S+)$/gm)].map(([, key]) => SEVERITIES[key as keyof typeof SEVERITIES]);
    expect(keys.indexOf("warn")).toBe(keys.lastIndexOf("page") + 1);
  });
});
