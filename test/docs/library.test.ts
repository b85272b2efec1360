import * as fs from "node:fs";
import * as path from "node:path";
import { withLibraryReference } from "../../tools/library-reference";

const ROOT = path.join(__dirname, "../..");

describe("docs/library.md", () => {
  it("has the reference that the doc comments make: npm run docs", () => {
    const page = fs.readFileSync(path.join(ROOT, "docs/library.md"), "utf8");
    expect(withLibraryReference(page, ROOT)).toBe(page);
  });
});
