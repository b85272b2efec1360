import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

describe("in a checkout where npm ci has not run", () => {
  const checkout = mkdtempSync(path.join(tmpdir(), "certfront a b é-"));
  afterAll(() => rmSync(checkout, { recursive: true }));

  it.each([
    ["npm start", "local/run"],
    ["npx certfront", "cli"],
  ])("%s says so in a sentence", (_what, folder) => {
    cpSync(path.join(ROOT, folder), path.join(checkout, folder), { recursive: true });
    const script = path.join(checkout, folder, folder === "cli" ? "certfront.js" : "start.js");
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect(stderr).toBe(
      `certfront's packages are not installed. In ${path.join(script, folder === "cli" ? "../.." : "../../..")} run: npm ci\n`,
    );
    expect(status).toBe(1);
  });
});
