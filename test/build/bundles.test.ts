import { readdirSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { BUNDLES, type BundleName, bundle } from "../../build/bundle";

const ROOT = path.join(__dirname, "..", "..");
const NAMES = Object.keys(BUNDLES) as BundleName[];
const fileOf = (name: BundleName) => path.join(ROOT, "dist", name, BUNDLES[name].file);

describe("a bundle", () => {
  beforeAll(() => bundle(ROOT), 120_000);

  it.each(NAMES)("of the %s stays under its ceiling", (name) => {
    expect(statSync(fileOf(name)).size / 1024).toBeLessThanOrEqual(BUNDLES[name].mostKb);
  });

  it("names its errors as the sources do, though it is minified: they are what logs show", () => {
    const sources = filesIn(["core", "store", "acme", "wire", "lambdas", "front"]).map((file) =>
      readFileSync(file, "utf8"),
    );
    const classes = sources.flatMap((text) =>
      [...text.matchAll(/class (\w+) extends \w*Error\b/g)].map(([, name]) => name),
    );
    expect(classes.length).toBeGreaterThan(10);
    const bundles = NAMES.map((name) => readFileSync(fileOf(name), "utf8")).join();
    expect(classes.filter((name) => !bundles.includes(`name="${name}"`))).toEqual([]);
  });
});

function filesIn(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(ROOT, folder, file)),
  );
}
