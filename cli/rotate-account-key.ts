import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { MINUTE, SECOND } from "../core/base/clock";
import { CertfrontError } from "../core/base/errors";
import { FRONTS_WITHIN } from "../core/status/front-view";
import { invokeIssuer, openStore } from "./clients";
import { type Command, EXIT, type ExitCode, type Invocation } from "./command";
import type { StackOutputs } from "./outputs";
import { resolveTarget, type Target } from "./target";
import { plain } from "./terminal";

export const rotateAccountKeyCommand: Command = {
  name: "rotate-account-key",
  summary: "change the key of the ACME account, which stays the same account",
  description:
    "Sets accountKey in the stack's configuration to the next number and runs `pulumi up`, which makes the key and replaces " +
    "the fronts one by one; the stack on this machine takes the edited file up by itself. Once every front answers CAs for " +
    "the new key, the former one signs the account over at each CA. Meanwhile no order is placed, and everything served " +
    "stays served. Follows that to its end, up to an hour; asked again, it goes on following. Asks before it begins.",
  options: {
    yes: { help: "do not ask, and run `pulumi up --yes`" },
    json: { help: "one JSON document: {number, from, to, done, accounts: [{ca, url, problem}]}" },
  },
  examples: ["npx certfront rotate-account-key", "npx certfront rotate-account-key --stack prod --yes"],
  run: rotate,
};

const PATIENCE = 60 * MINUTE;
const LOOK_EVERY = 2 * SECOND;

const stateSchema = z.object({
  thumbprint: z.string(),
  waitingFor: z.array(z.string()),
  accounts: z.array(z.object({ ca: z.string(), url: z.string().optional(), problem: z.string().optional() })),
});
type AccountState = z.infer<typeof stateSchema>;

async function rotate(invocation: Invocation): Promise<ExitCode> {
  const { terminal, target, options } = invocation;
  const { accountKey: number, accountThumbprint: from } = outputsOf(target);
  const underWay = await disagreeing(target, from, invocation);
  if (underWay.length > 0) {
    terminal.note(`Key ${number} is being brought in: ${underWay.map(plain).join(", ")} answer for another one still.`);
    return follow(invocation, { number, from, to: from });
  }
  const question = `Change the key of ${outputsOf(target).stack}'s ACME account, from number ${number} to ${number + 1}?`;
  const sure = options.yes === true || (await terminal.confirm(question));
  if (sure !== true) {
    terminal.note(`Nothing was changed.${sure === undefined ? " Where nobody can answer, --yes is needed." : ""}`);
    return EXIT.bad;
  }
  if (target.local) await editStackFile(target.local.stackFile, number + 1);
  else await deploy(invocation, number + 1);
  return follow(invocation, { number: number + 1, from });
}

interface Change {
  readonly number: number;
  /** Thumbprint of the key before. */
  readonly from: string;
  /** Of the new one; absent: not made yet. */
  readonly to?: string;
}

/** Watches until every CA's account is the new key's. */
async function follow(invocation: Invocation, change: Change): Promise<ExitCode> {
  const { terminal, clock, pause } = invocation;
  const until = clock.now() + PATIENCE;
  let said = "";
  const say = (step: string) => {
    if (step !== said) terminal.note(plain(step));
    said = step;
  };
  let { to } = change;
  for (let target = invocation.target; ; await pause(LOOK_EVERY)) {
    // Pulumi's outputs are as they are once it is done; the stack on this machine is still at it.
    if (to === undefined || target.local) target = await resolveTarget(invocation.options, invocation.env);
    const present = outputsOf(target);
    if (present.accountKey === change.number) to = present.accountThumbprint;
    let state: AccountState | undefined;
    if (to === undefined) say("waiting for the new key");
    else {
      const behind = await disagreeing(target, to, invocation);
      if (behind.length > 0) say(`waiting for fronts that answer for the former key: ${behind.join(", ")}`);
      else state = stateSchema.parse(await invokeIssuer(target, { operation: "account" }));
    }
    if (state && state.thumbprint === to && state.waitingFor.length === 0) {
      const problems = state.accounts.flatMap(({ ca, problem }) => (problem ? [`${ca}: ${problem}`] : []));
      if (problems.length === 0) return done(invocation, { ...change, to }, state);
      say(`waiting for ${problems.join("; ")}`);
    }
    if (clock.now() >= until) return unfinished(invocation, { ...change, ...(to && { to }) }, state);
  }
}

function done({ terminal, options }: Invocation, change: Change, { accounts }: AccountState): ExitCode {
  if (options.json) terminal.out(JSON.stringify({ ...change, done: true, accounts }, undefined, 2));
  else {
    terminal.out(`Every front answers for key number ${change.number}, and every CA knows the account by it.`);
    for (const { ca, url = "" } of accounts) terminal.out(`  ${plain(ca)}: ${plain(url)}`);
    terminal.out(`  thumbprint ${change.from} → ${change.to}`);
    terminal.wrapped("The former key is worth nothing any more. It leaves the state with the next change.");
  }
  return EXIT.ok;
}

function unfinished({ terminal, options }: Invocation, change: Change, state: AccountState | undefined): ExitCode {
  const { accounts = [] } = state ?? {};
  if (options.json) terminal.out(JSON.stringify({ ...change, done: false, accounts }, undefined, 2));
  else terminal.wrapped("It is not done yet, and goes on by itself. Run the command again to see how far it is.");
  return EXIT.bad;
}

/** Fronts that serve and answer for another key. */
async function disagreeing(target: Target, thumbprint: string, { clock }: Invocation): Promise<string[]> {
  const beats = await openStore(target).heartbeats(clock.now(), FRONTS_WITHIN);
  return beats
    .filter((beat) => beat.ready && beat.thumbprint !== thumbprint)
    .map(({ front }) => front)
    .sort();
}

function outputsOf({ outputs }: Target): StackOutputs & { readonly accountKey: number } {
  if (outputs === undefined)
    throw new CertfrontError("rotate-account-key changes a Pulumi stack, which --table and --issuer do not tell.", {
      code: "USAGE",
      advice: "Name the stack instead: --stack NAME.",
    });
  if (outputs.accountKey === undefined)
    throw new CertfrontError("The stack does not say which account key it uses.", {
      code: "NO_STACK",
      advice: "Bring it up with this version of certfront first: pulumi up.",
    });
  return { ...outputs, accountKey: outputs.accountKey };
}

/** Comments and order stay as they are. */
async function editStackFile(file: string | undefined, number: number): Promise<void> {
  if (file === undefined) throw new CertfrontError("The local stack is of another version.", { code: "NO_STACK" });
  const document = parseDocument(await readFile(file, "utf8"));
  document.setIn(["config", "certfront:accountKey"], number);
  await writeFile(file, document.toString());
}

/** @throws CertfrontError where Pulumi did not do it */
async function deploy({ options, env }: Invocation, number: number): Promise<void> {
  const name = typeof options.stack === "string" ? options.stack : env.CERTFRONT_STACK;
  const stack = name ? ["--stack", name] : [];
  await pulumi(["config", "set", "certfront:accountKey", String(number), ...stack], env);
  await pulumi(["up", ...stack, ...(options.yes ? ["--yes"] : [])], env);
}

function pulumi(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    // Its preview and its question are for whoever sits there; our own standard output stays ours.
    const child = spawn("pulumi", args, { env, stdio: ["inherit", process.stderr, process.stderr] });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0
        ? resolve()
        : reject(
            new CertfrontError(`pulumi ${args.join(" ")} ended with exit code ${code}.`, {
              code: "PULUMI",
              advice:
                "Where it had begun, run this command again; where it changed nothing, set certfront:accountKey back.",
            }),
          ),
    );
  });
}
