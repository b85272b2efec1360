import * as fs from "node:fs";
import * as path from "node:path";
import { REASON_CODES, type ReasonCode } from "../../core/record/reason";
import { turnOf } from "../../core/record/turn";
import { certfront as run } from "../../testing/certfront-cli";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { activeTenant, heartbeat, NOW } from "../../testing/sample-tenants";

const PAGE = fs.readFileSync(path.join(__dirname, "../../docs/support.md"), "utf8");
const COMMANDS = [...new Set([...PAGE.matchAll(/`npx certfront ([^`]+)`/g)].map(([, command = ""]) => command))];
const WHOSE = { "the owner's": "owner", ours: "us", "nobody's": "nobody" } as const;

describe("docs/support.md", () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack({ now: () => NOW });
    await stack.store.createTenant(activeTenant("data.paris.example"));
    stack.dns.set("data.paris.example", { a: ["127.0.0.1"] });
    await stack.store.putHeartbeat(heartbeat("front-a"));
  });
  afterAll(() => stack?.stop());

  it.each(COMMANDS)("has a command that does what it says: certfront %s", async (command) => {
    // Watching ends with the process, and nothing is served here that could be fetched.
    const ends = command.includes("--watch")
      ? "stopped watching"
      : command.startsWith("try")
        ? "`npx certfront explain data.paris.example` says why."
        : undefined;
    const pause = async () => {
      throw new Error("stopped watching");
    };
    const { code, stdout, stderr } = await run(command.split(" "), {
      env: stack.env,
      clock: { now: () => NOW },
      pause,
    });
    if (ends === undefined) {
      expect(stderr).not.toContain("certfront: ");
      expect([0, 1]).toContain(code);
    } else expect(`${stdout}${stderr}`).toContain(ends);
  });

  it("says of every reason whose turn it is", () => {
    const said = [...PAGE.matchAll(/^\| (`[A-Z_` 0-9]+`) \| ([^|]+) \|/gm)].flatMap(([, codes = "", whose = ""]) =>
      [...codes.matchAll(/[A-Z_0-9]+/g)].map(([code]) => [code, WHOSE[whose as keyof typeof WHOSE]]),
    );
    const known = REASON_CODES.map((code: ReasonCode) => [code, turnOf(code)]);
    expect(new Map(said as [string, string][])).toEqual(new Map(known as [string, string][]));
  });
});
