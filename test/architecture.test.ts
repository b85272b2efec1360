import { readFileSync } from "node:fs";
import * as path from "node:path";
import { ALLOWED, CORE_PACKAGES, circles, importsOf, mayImport, roomOf } from "../testing/architecture";
import { withImportRules } from "../tools/import-rules";

const ROOT = path.join(__dirname, "..");
const { files, imports } = importsOf(ROOT);

describe("the way imports go", () => {
  it("is seen for every file", () => {
    expect(files.length).toBeGreaterThan(300);
    expect(imports.length).toBeGreaterThan(1_000);
  });

  it("is one that the table allows", () => {
    const known = new Set(files);
    const wrong = imports
      .filter(({ from, to }) => (known.has(to) && !mayImport(roomOf(from), roomOf(to))) || to.startsWith("test/"))
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it("never makes a circle, for types neither", () => {
    expect(circles(files, imports)).toEqual([]);
  });

  it("leads out of core to few packages only", () => {
    const known = new Set(files);
    const outside = imports.filter(({ from, to }) => from.startsWith("core/") && !known.has(to)).map(({ to }) => to);
    expect([...new Set(outside)].sort()).toEqual(CORE_PACKAGES);
  });

  it("goes down in the table too: no room allows what allows it", () => {
    const rooms = Object.keys(ALLOWED).filter((room) => !["testing", "bench"].includes(room));
    const both = rooms.flatMap((a) =>
      rooms.filter((b) => a < b && mayImport(a, b) && mayImport(b, a)).map((b) => [a, b]),
    );
    expect(both).toEqual([]);
  });

  it("stands in docs/contracts.md as it is", () => {
    const contracts = readFileSync(path.join(ROOT, "docs/contracts.md"), "utf8");
    expect(withImportRules(contracts)).toBe(contracts);
  });
});

describe("the rule itself", () => {
  it.each([
    ["core/issue", "core/ca", true],
    ["core/ca", "core/issue", false],
    ["core/base", "store", false],
    ["store", "wire/aws", true],
    ["store", "wire", true],
    ["wire", "store", false],
    ["infra", "local/run", false],
    ["bench", "testing", true],
    ["wire/dns", "wire/aws", false],
  ])("lets %s import %s: %s", (from, to, allowed) => {
    expect(mayImport(from, to)).toBe(allowed);
  });

  it("finds a circle", () => {
    const three = ["a", "b", "c", "d"];
    const way = [
      { from: "a", to: "b" },
      { from: "b", to: "c" },
      { from: "c", to: "a" },
      { from: "d", to: "a" },
    ];
    expect(circles(three, way)).toEqual([["a", "b", "c", "a"]]);
    expect(circles(three, way.slice(0, 2))).toEqual([]);
  });
});
