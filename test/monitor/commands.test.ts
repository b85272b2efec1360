import * as fs from "node:fs";
import * as path from "node:path";
import { alarmDefinitions } from "../../infra/alarms/definitions";
import { ALARM_CONTEXT } from "../../testing/alarm-context";
import { certfront as run } from "../../testing/certfront-cli";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { activeTenant, heartbeat, NOW } from "../../testing/sample-tenants";

const ROOT = path.join(__dirname, "../..");
const DOMAIN = "data.paris.example";
const commandsIn = (text: string) =>
  [...text.matchAll(/`((?:npx certfront|aws|pulumi|npm) [^`]+)`/g)].map(([, command = ""]) => command);

const ALARMS = alarmDefinitions(ALARM_CONTEXT);
const ofAlarms = ALARMS.flatMap(({ key, alarmDescription }) =>
  commandsIn(alarmDescription).map((command) => ({ key, command })),
);
const ofRunbook = commandsIn(fs.readFileSync(path.join(ROOT, "docs/operations.md"), "utf8")).map((command) => ({
  key: "docs/operations.md",
  command,
}));
const ALL = [...ofAlarms, ...ofRunbook];
const certfrontCommands = [...new Set(ALL.map(({ command }) => command).filter((one) => one.startsWith("npx ")))];
const awsCommands = [...new Set(ALL.map(({ command }) => command).filter((one) => one.startsWith("aws ")))];

/** AWS CLI v2's commands that are named anywhere, with the options they cannot do without. Its manual says so; it is not installed here. */
const AWS: Readonly<Record<string, readonly string[]>> = {
  "autoscaling describe-scaling-activities": ["--auto-scaling-group-name"],
  "autoscaling start-instance-refresh": ["--auto-scaling-group-name"],
  "autoscaling terminate-instance-in-auto-scaling-group": ["--instance-id", "--no-should-decrement-desired-capacity"],
  "ec2 get-console-output": ["--instance-id"],
  "lambda get-account-settings": [],
  "lambda get-function-concurrency": ["--function-name"],
  // Without the first it refuses JSON, and it wants a file for the answer.
  "lambda invoke": ["--cli-binary-format raw-in-base64-out", "--function-name", "/dev/stdout"],
  "logs tail": ["--since"],
  "sqs purge-queue": ["--queue-url"],
  "sqs receive-message": ["--queue-url"],
};

describe("a command that an alarm or a runbook names", () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack({ now: () => NOW });
    await stack.store.createTenant(activeTenant(DOMAIN));
    await stack.dns.setA(DOMAIN, ["127.0.0.1"]);
    await stack.store.putHeartbeat(heartbeat("front-a"));
  });
  afterAll(() => stack?.stop());

  it.each(certfrontCommands)("%s does what it says, on the stack it names", async (command) => {
    const args = command.replace("<domain>", DOMAIN).split(" ").slice(2);
    expect(args.join(" ")).not.toMatch(/[<>…]/);
    // A drill takes minutes, and has tests of its own: its command line is what is looked at here.
    if (args[0] === "drill") args.push("--help");
    let now = NOW;
    const pause = async (ms: number) => {
      now += ms;
    };
    const { code, stdout, stderr } = await run(args, { env: stack.env, clock: { now: () => now }, pause });
    expect(stderr).not.toMatch(/certfront: /);
    expect(stdout).not.toBe("");
    expect([0, 1]).toContain(code);
  });

  it.each(awsCommands)("%s is whole", (command) => {
    const [, service = "", operation = ""] = command.split(" ");
    const needs = AWS[`${service} ${operation}`];
    expect(needs).toBeDefined();
    for (const option of needs ?? []) expect(command).toContain(option);
    expect(command).not.toContain("…");
    // What is not known before: which front, which queue.
    expect(command.replace(/<(?:front|url)>/g, "")).not.toContain("<");
  });

  it("names stack or region where an alarm names it, for nobody remembers them at night", () => {
    expect(ofAlarms.length).toBeGreaterThan(25);
    const without = ofAlarms.filter(({ command }) => !/ --stack local| --region REGION/.test(command));
    // Not to be run: named in a sentence as what failed.
    expect(without.map(({ command }) => command)).toEqual(["pulumi up"]);
  });

  it("asks for outputs that there are", () => {
    const index = fs.readFileSync(path.join(ROOT, "index.ts"), "utf8");
    const outputs = ALL.flatMap(({ command }) => [...command.matchAll(/pulumi stack output (\w+)/g)]);
    expect(outputs.length).toBeGreaterThan(3);
    for (const [, output = ""] of outputs) expect(index).toMatch(new RegExp(`^    ${output}: `, "m"));
  });
});
