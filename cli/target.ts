import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CertfrontError } from "../core/base/errors";
import { type LocalStack, runningLocalStack } from "./local-stack";
import { outputsSchema, type StackOutputs, storedOutputs } from "./outputs";

/** The stack a command works on. */
export interface Target {
  /** One line for people: which stack, and how it was found. */
  readonly description: string;
  /** Absent where no region was named: the SDK's own configuration decides. */
  readonly region?: string;
  readonly table?: string;
  readonly issuer?: string;
  /** Absent when only names were given. */
  readonly outputs?: StackOutputs;
  /** Set for the stack on this machine. */
  readonly local?: LocalStack;
}

/** What `npm start` calls its stack, and its alarms in their commands. */
const LOCAL_STACK = "local";

type Options = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Finds the stack: names given outright, a stack on AWS by name, the local stack while it runs, the selected Pulumi stack;
 * the first that applies. Throws CertfrontError with what to do when there is none.
 */
export async function resolveTarget(options: Options, env: NodeJS.ProcessEnv): Promise<Target> {
  const table = text(options.table) ?? env.CERTFRONT_TABLE;
  const issuer = text(options.issuer) ?? env.CERTFRONT_ISSUER;
  const region = text(options.region) ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const given = { ...(table ? { table } : {}), ...(issuer ? { issuer } : {}), ...(region ? { region } : {}) };
  if (table || issuer) {
    const names = [table && `table ${table}`, issuer && `issuer ${issuer}`, region && `in ${region}`];
    return { description: `AWS: ${names.filter(Boolean).join(", ")}`, ...given };
  }

  const stack = text(options.stack) ?? env.CERTFRONT_STACK;
  if (stack && stack !== LOCAL_STACK) return namedTarget(stack, region, env);

  const local = await runningLocalStack(env);
  if (local) return localTarget(local);
  if (options.local)
    throw new CertfrontError("The local stack is not running.", {
      code: "NO_STACK",
      advice: "Start it with `npm start` in another terminal, and wait until it says that it is ready.",
    });
  return pulumiTarget(stack, region, env);
}

function localTarget(local: LocalStack): Target {
  const outputs = parseOutputs(local.outputs, "the local stack");
  return {
    description: `local stack ${outputs.stack} (${local.file})`,
    region: outputs.region,
    table: outputs.table,
    issuer: outputs.issuer,
    outputs,
    local,
  };
}

/** By its parameter on AWS, which asks for credentials only; else by Pulumi, which asks for a clone and the state. */
async function namedTarget(stack: string, region: string | undefined, env: NodeJS.ProcessEnv): Promise<Target> {
  const stored = await storedOutputs(stack, region);
  if ("problem" in stored) return pulumiTarget(stack, region, env, stored.problem);
  const outputs = parseOutputs(stored.found, stored.parameter);
  return {
    description: `AWS stack ${outputs.stack} in ${outputs.region}`,
    region: outputs.region,
    table: outputs.table,
    issuer: outputs.issuer,
    outputs,
  };
}

/** @param before why it was not found otherwise */
async function pulumiTarget(
  stack: string | undefined,
  region: string | undefined,
  env: NodeJS.ProcessEnv,
  before = "",
): Promise<Target> {
  const args = ["stack", "output", "--json", ...(stack ? ["--stack", stack] : [])];
  let printed: string;
  try {
    printed = (await promisify(execFile)("pulumi", args, { env, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch (cause) {
    const { code, stderr } = cause as { code?: string; stderr?: string };
    throw new CertfrontError(
      code === "ENOENT"
        ? `No stack was found: ${stack ? "" : "the local stack is not running, and "}the pulumi command is not installed.`
        : `No stack was found: pulumi ${args.join(" ")} failed: ${stderr?.trim().split("\n").at(-1) || "no reason given"}`,
      {
        code: "NO_STACK",
        advice:
          before ||
          "Name it with --stack, or with --table and --issuer, or start the local stack with `npm start` (docs/cli.md, Which stack).",
        cause,
      },
    );
  }
  const outputs = parseOutputs(JSON.parse(printed), "the Pulumi stack");
  return {
    description: `AWS stack ${outputs.stack} in ${region ?? outputs.region} (from pulumi stack output)`,
    region: region ?? outputs.region,
    table: outputs.table,
    issuer: outputs.issuer,
    outputs,
  };
}

function parseOutputs(raw: unknown, whose: string): StackOutputs {
  const parsed = outputsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join(".") || "everything").join(", ");
  throw new CertfrontError(`The outputs of ${whose} lack what this command needs: ${missing}.`, {
    code: "NO_STACK",
    advice: "Bring the stack up with this version of certfront first, or name --table and --issuer.",
  });
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
