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
/** One page for each who uses it, and what they type: in a line of text, or in a block of shell. */
const PAGES = ["operations", "on-call", "support", "deploy", "library", "keys"].map((name) => `docs/${name}.md`);
const inBlocks = (page: string) =>
  [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").split("\n"))
    .map((line) => line.replace(/\s+#.*$/, ""))
    .filter((line) => /^(npx certfront|aws) /.test(line));
const ofPages = PAGES.flatMap((key) => {
  const page = fs.readFileSync(path.join(ROOT, key), "utf8");
  return [...commandsIn(page.replace(/^```[\s\S]*?^```/gm, "")), ...inBlocks(page)].map((command) => ({
    key,
    command,
  }));
});
const ALL = [...ofAlarms, ...ofPages];
const certfrontCommands = [...new Set(ALL.map(({ command }) => command).filter((one) => one.startsWith("npx ")))];
/** They take minutes, never end, ask AWS itself, or need every part of a local stack, and have tests of their own: here their command lines are looked at. */
const LONG = /^(drill|doctor|restore|try|break|heal|console|rotate-account-key)$|--watch/;
const awsCommands = [...new Set(ALL.map(({ command }) => command).filter((one) => one.startsWith("aws ")))];

/** AWS CLI v2's commands that are named anywhere, with the options they cannot do without. Its manual says so; it is not installed here. */
const AWS: Readonly<Record<string, readonly string[]>> = {
  "autoscaling describe-scaling-activities": ["--auto-scaling-group-name"],
  "autoscaling start-instance-refresh": ["--auto-scaling-group-name"],
  "autoscaling terminate-instance-in-auto-scaling-group": ["--instance-id", "--no-should-decrement-desired-capacity"],
  "account enable-region": ["--region-name"],
  "cloudtrail create-trail": ["--name", "--s3-bucket-name"],
  "cloudtrail describe-trails": [],
  "cloudtrail lookup-events": ["--lookup-attributes"],
  "dynamodb list-backups": [],
  "ec2 get-console-output": ["--instance-id"],
  "freetier upgrade-account-plan": ["--account-plan-type"],
  "kms cancel-key-deletion": ["--key-id"],
  "lambda get-account-settings": [],
  "lambda get-function-concurrency": ["--function-name"],
  // Without the first it refuses JSON, and it wants a file for the answer.
  "lambda invoke": ["--cli-binary-format raw-in-base64-out", "--function-name", "/dev/stdout"],
  "logs tail": ["--since"],
  "sqs purge-queue": ["--queue-url"],
  "sqs receive-message": ["--queue-url"],
  "ssm start-session": ["--target"],
};

describe("a command that an alarm or a runbook names", () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack({ now: () => NOW });
    await stack.store.createTenant(activeTenant(DOMAIN));
    stack.dns.set(DOMAIN, { a: ["127.0.0.1"] });
    await stack.store.putHeartbeat(heartbeat("front-a"));
  });
  afterAll(() => stack?.stop());

  it.each(certfrontCommands)("%s does what it says, on the stack it names", async (command) => {
    // In a page for people who have another stack than the one here.
    const args = command
      .replace("<domain>", DOMAIN)
      .replace(/ --stack (prod|NAME|shop-web)| --region \S+/g, "")
      .split(" ")
      .slice(2);
    expect(args.join(" ")).not.toMatch(/[<>…]/);
    if (args.some((arg) => LONG.test(arg))) args.push("--help");
    else if (args[0] === "revoke") args.push("--yes");
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
    // What is not known before: which front, queue, key or region.
    expect(command.replace(/<(?:front|url|key|key ARN|region)>/g, "")).not.toMatch(/[<…]/);
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
