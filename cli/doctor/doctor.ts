import { LambdaClient } from "@aws-sdk/client-lambda";
import { CertfrontError } from "../../core/base/errors";
import { AwsError } from "../../wire/aws/client";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "../command";
import { type Colour, plain, type Terminal } from "../terminal";
import { Account, COMMERCIAL_HOME, homeOf, type Identity } from "./account";
import {
  checkAddresses,
  checkFunctions,
  checkImage,
  checkPlan,
  checkTypes,
  checkVcpu,
  checkVpcs,
} from "./account-checks";
import { bad, type Finding, good, unknown, type Verdict } from "./finding";
import { checkNode, checkPulumi, checkSecrets } from "./machine-checks";
import { checkRights } from "./rights-check";
import { readWanted, type Wanted } from "./settings";
import { checkTrail } from "./trail-check";

export const doctorCommand: Command = {
  name: "doctor",
  withoutStack: true,
  summary: "find out, before anything is made, whether this account and machine can deploy",
  description:
    "Asks the AWS account, in the region, what a first `pulumi up` would fail of: the free plan, quotas of vCPU, addresses, " +
    "VPCs and functions, instance types and zones, Debian's image, the rights of whoever asks; whether a trail tells who uses " +
    "tenants' keys; and this machine for Node.js, Pulumi and what encrypts the state. Reads only. Says what is wrong in words, with the commands that mend it. Run it " +
    "beside Pulumi.yaml.",
  options: {
    region: { value: "REGION", help: "AWS region (default: the stack's file, then the environment's)" },
    stack: { value: "NAME", help: "whose Pulumi.NAME.yaml says what is wanted (default: the selected stack)" },
    json: { help: "one JSON document: {region, account, ready, findings: [{check, verdict, says, mend}]}" },
  },
  examples: ["npx certfront doctor --region eu-west-1", "npx certfront doctor --stack prod --json"],
  run: doctor,
};

const ACCOUNT = "AWS account";

async function doctor(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const wanted = await readWanted(process.cwd(), text(invocation, "stack"), process.env);
  const region = text(invocation, "region") ?? wanted.region;
  const sdk = new LambdaClient(region === undefined ? {} : { region }).config;
  const account = new Account(region ?? (await regionOf(sdk.region)), sdk.credentials);
  const machine = [checkNode(process.version), await checkPulumi(process.env), checkSecrets(wanted, process.env)];
  const { identity, findings: ofAccount } = await examine(account, wanted);
  const findings = [...machine, ...ofAccount];
  const ready = findings.every(({ verdict }) => verdict === "good" || verdict === "warning");
  if (invocation.options.json) {
    terminal.out(
      JSON.stringify({ region: account.region, account: identity?.account ?? null, ready, findings }, undefined, 2),
    );
  } else {
    for (const one of findings) print(one, terminal);
    terminal.out(ready ? `${account.region} can be deployed to.` : "Mend what is marked, and ask again.");
  }
  if (ready) return EXIT.ok;
  return findings.some(({ verdict }) => verdict === "bad") ? EXIT.bad : EXIT.failed;
}

/** All that is asked of the account; no more than who asks where that has no answer. */
export async function examine(account: Account, wanted: Wanted): Promise<{ identity?: Identity; findings: Finding[] }> {
  const { identity, finding } = await whoAsks(account);
  if (identity === undefined) return { findings: [finding] };
  return { identity, findings: [finding, ...(await askAccount(account, identity, wanted))] };
}

async function whoAsks(account: Account): Promise<{ identity?: Identity; finding: Finding }> {
  try {
    const identity = await account.identity();
    return { identity, finding: good(ACCOUNT, `${identity.account}, as ${identity.arn}.`) };
  } catch (error) {
    return { finding: whyNobody(account.region, error) };
  }
}

/** Why AWS does not know who asks: a newcomer's first fault, so each cause has its own words. */
function whyNobody(region: string, error: unknown): Finding {
  const said = sentence(error);
  const home = homeOf(region);
  if (!(error instanceof AwsError))
    return bad(ACCOUNT, `No credentials for AWS were found: ${said}`, "aws configure", "aws sso login");
  if (error.status === 0)
    return bad(
      ACCOUNT,
      `${region} cannot be reached: ${said} The region's name is wrong, or there is no way out to it from here.`,
      `aws ec2 describe-regions --region ${home} --all-regions --query 'Regions[].RegionName' --output text`,
    );
  if (/Expired/.test(error.type)) return bad(ACCOUNT, `The session is over: ${said}`, "aws sso login");
  const takes = `${region} does not take these credentials: ${said}`;
  const known = `aws sts get-caller-identity --region ${home}`;
  if (home !== COMMERCIAL_HOME)
    return bad(ACCOUNT, `${takes} They are wrong, or of another partition: accounts here are its own.`, known);
  return bad(
    ACCOUNT,
    `${takes} They are wrong, or the account has not turned on the region, as it must for the newer ones.`,
    known,
    `aws account enable-region --region-name ${region}`,
  );
}

/** What one asks in vain, another may still answer. */
async function askAccount(account: Account, identity: Identity, wanted: Wanted): Promise<Finding[]> {
  const questions: [string, () => Promise<Finding>][] = [
    ["account's plan", () => checkPlan(account, identity)],
    ["who deploys", () => checkRights(account, identity, wanted)],
    ["instance types", () => checkTypes(account, wanted)],
    ["Debian's image", () => checkImage(account, identity, wanted)],
    ["vCPU", () => checkVcpu(account, wanted)],
    ["Elastic IPs", () => checkAddresses(account, wanted)],
    ["VPCs", () => checkVpcs(account, wanted)],
    ["functions at once", () => checkFunctions(account)],
    ["CloudTrail", () => checkTrail(account)],
  ];
  return Promise.all(
    questions.map(([check, ask]) =>
      ask().catch((error: unknown) => unknown(check, `It could not be asked: ${sentence(error)}`)),
    ),
  );
}

async function regionOf(region: () => Promise<string>): Promise<string> {
  return region().catch((cause: unknown) => {
    throw new CertfrontError("No region was named, and neither the stack's file nor the environment has one.", {
      code: "USAGE",
      advice: "Name it: --region eu-west-1.",
      cause,
    });
  });
}

const SIGNS: Readonly<Record<Verdict, readonly [Colour, string]>> = {
  good: ["green", "ok     "],
  warning: ["yellow", "warning"],
  bad: ["red", "bad    "],
  unknown: ["yellow", "unknown"],
};

function print({ check, verdict, says, mend }: Finding, terminal: Terminal): void {
  const [colour, sign] = SIGNS[verdict];
  terminal.out(`${terminal.paint(colour, sign)}  ${check}: ${plain(says)}`);
  for (const command of mend) terminal.out(`           ${plain(command)}`);
}

const LONGEST = 200;

function sentence(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const said = message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message.replace(/\.?$/, ".");
  const refused = error instanceof AwsError && /AccessDenied|UnauthorizedOperation/.test(error.type);
  return refused ? `${said} docs/deployer-network.json and docs/deployer-parts.json have the right.` : said;
}
