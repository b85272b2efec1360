import { statSync } from "node:fs";
import * as path from "node:path";
import { BUNDLES, type BundleName, bundle } from "../../build/bundle";

const ROOT = path.join(__dirname, "..", "..");

describe("a bundle", () => {
  beforeAll(() => bundle(ROOT), 120_000);

  it.each(Object.keys(BUNDLES) as BundleName[])("of the %s stays under its ceiling", (name) => {
    const { file, mostKb } = BUNDLES[name];
    expect(statSync(path.join(ROOT, "dist", name, file)).size / 1024).toBeLessThanOrEqual(mostKb);
  });
});
