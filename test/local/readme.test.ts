import * as fs from "node:fs";
import * as path from "node:path";
import { configReference, withReference } from "../../tools/config-reference";

const ROOT = path.join(__dirname, "..", "..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");
const readme = read("README.md");

describe("README.md", () => {
  it("holds the configuration reference that the schema gives now (npm run docs)", () => {
    const table = configReference(read("Pulumi.yaml"));
    expect(withReference(readme, table)).toBe(readme);
  });

  it("links to files that are there", () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !link.startsWith("http"));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !fs.existsSync(path.join(ROOT, link)))).toEqual([]);
  });

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([a-z]+(?::[a-z]+)?)/g)].map(([, name = ""]) => name);
    expect(named).toEqual(expect.arrayContaining(["check", "soak"]));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names every option of npm start", () => {
    const options = [...read("local/run/main.ts").matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = ""]) => option);
    expect(options.filter((option) => option !== "--help" && !readme.includes(`\`${option}`))).toEqual([]);
    expect(options).toContain("--lifetime");
  });

  it("names alarms that the program has", () => {
    const section = readme.slice(readme.indexOf("## Read the alarms"), readme.indexOf("## Operate it"));
    const texts = read("infra/alarms/texts.ts");
    const named = [...section.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name),
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !texts.includes(`"${name}"`))).toEqual([]);
  });
});
