import { execFileSync } from "node:child_process";
import { COMMANDS } from "../../cli/main";
import { certfront as run } from "../../testing/certfront-cli";

const script = async (shell: string) => {
  const { stdout, code } = await run(["completion", shell], { env: {}, clock: { now: () => 0 } });
  expect(code).toBe(0);
  return stdout;
};

/** What bash offers for the last of these words. */
async function completed(...words: string[]): Promise<string[]> {
  const lines = [
    await script("bash"),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_certfront",
    `printf "%s\\n" "\${COMPREPLY[@]}"`,
  ];
  return execFileSync("bash", ["-uc", lines.join("\n")], { encoding: "utf8" })
    .trim()
    .split("\n");
}

describe("certfront completion", () => {
  it.each([
    [
      ["certfront", ""],
      [...COMMANDS.map(({ name }) => name), "--help", "--version"],
    ],
    [["certfront", "rev"], ["revoke"]],
    [["npx", "certfront", "exp"], ["explain"]],
    [["npx", "certfront", "explain", "--for"], ["--for-customer"]],
    [
      ["certfront", "status", "--st"],
      ["--state", "--stack"],
    ],
    [["certfront", "status", "--state", "qu"], ["quarantined"]],
    [["certfront", "status", "--reason", "CAA"], ["CAA_FORBIDS"]],
    [["certfront", "completion", "z"], ["zsh"]],
    [["npx", "jest", "st"], [""]],
  ])("bash: %j gives %j", async (words, expected) => expect(await completed(...words)).toEqual(expected));

  it("zsh runs the same through bash's rules", async () => {
    expect(await script("zsh")).toBe(`autoload -U +X bashcompinit && bashcompinit\n${await script("bash")}`);
  });

  it("fish has a line for each command and option", async () => {
    const lines = (await script("fish")).split("\n");
    expect(lines).toContain(
      "complete -c certfront -f -n __fish_use_subcommand -a renew -d 'replace a tenant\\'s certificate now instead of when it is due'",
    );
    for (const command of COMMANDS)
      for (const option of Object.keys(command.options))
        expect(lines.some((line) => line.includes(`from ${command.name}' -l ${option} `))).toBe(true);
  });

  it("says which shells there are", async () => {
    const { stderr, code } = await run(["completion", "tcsh"], { env: {}, clock: { now: () => 0 } });
    expect(stderr).toContain("There is no completion for tcsh.\n  It knows bash, zsh, fish.");
    expect(code).toBe(2);
  });
});
