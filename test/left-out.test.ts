import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { leftOut } from "../testing/left-out";

describe("what cannot be tested on a machine", () => {
  const before = { CI: process.env.CI, CERTFRONT_TEST_FOLDER: process.env.CERTFRONT_TEST_FOLDER };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "left-out-"));
    process.env.CERTFRONT_TEST_FOLDER = folder;
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it("is named at the end, with the reason", () => {
    delete process.env.CI;
    leftOut("a boot", "There is no Debian.");
    expect(readFileSync(path.join(folder, "left-out.txt"), "utf8")).toBe("a boot: There is no Debian.\n");
  });

  it("is a failure where CI is set", () => {
    process.env.CI = "true";
    expect(() => leftOut("a boot", "There is no Debian.")).toThrow("Not tested: a boot: There is no Debian.");
  });
});
