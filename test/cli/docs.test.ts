import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { EXIT } from "../../cli/command";
import { commandHelp, overview } from "../../cli/help";
import { COMMANDS } from "../../cli/main";
import { operatorPolicy } from "../../local/aws/differences";
import { certfront as run } from "../../testing/certfront-cli";
import { withOpendapAdvice } from "../../tools/opendap-advice";

const ROOT = path.join(__dirname, "..", "..");
const DOCS = fs.readFileSync(path.join(ROOT, "docs", "cli.md"), "utf8");
const blocks = (language: string) =>
  [...DOCS.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, "gs"))].map(([, text]) => text);

describe("docs/cli.md", () => {
  it("holds the help text of certfront and of every command, word for word", () => {
    expect(blocks("text")).toEqual([overview(COMMANDS), ...COMMANDS.map(commandHelp)]);
  });

  it("has a chapter for every command", () => {
    for (const { name } of COMMANDS) expect(DOCS).toContain(`\n## ${name}\n`);
  });

  it("names every exit code", () => {
    const rows = [...DOCS.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(EXIT));
  });

  it("grants people what the local stack's operator may do, which the other tests run with", () => {
    const policy = JSON.stringify(operatorPolicy("REGION")).replaceAll("000000000000", "ACCOUNT");
    expect(blocks("json").map((block) => JSON.parse(block ?? ""))).toEqual([JSON.parse(policy)]);
  });
});

describe("docs/configuration.md", () => {
  it("holds what explain says of OPeNDAP data (npm run docs)", () => {
    const page = fs.readFileSync(path.join(ROOT, "docs", "configuration.md"), "utf8");
    expect(withOpendapAdvice(page)).toBe(page);
  });
});

describe("certfront's help", () => {
  const clock = { now: () => 0 };
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    "of %s is there without any stack",
    async (name, command) => {
      const { code, stdout } = await run([name, "--help"], { env: {}, clock });
      expect(stdout).toBe(commandHelp(command));
      expect(code).toBe(0);
    },
  );

  it("fits a terminal", () => {
    for (const line of COMMANDS.flatMap((command) => commandHelp(command).split("\n")))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([
    [[], 2],
    [["--help"], 0],
    [["nonsense"], 2],
  ])("answers %j with exit code %i", async (args, expected) => {
    const { code, stdout, stderr } = await run(args, { env: {}, clock });
    expect(`${stdout}${stderr}`).toContain("certfront");
    expect(code).toBe(expected);
  });

  it("comes out of the installed command in a plain shell, with no escape codes", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      path.join(ROOT, "cli", "certfront.js"),
      "status",
      "--help",
    ]);
    const [status] = COMMANDS;
    expect(stdout).toBe(`${status && commandHelp(status)}\n`);
  });
});
