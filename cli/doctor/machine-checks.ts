import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { bad, type Finding, good, unknown, warning } from "./finding";
import type { Wanted } from "./settings";

const NODE = "Node.js";
const PULUMI = "Pulumi";
const STATE = "state's secrets";

const LEAST_NODE = [20, 19] as const;
/** The first whose engine keeps a stash. */
const LEAST_PULUMI = [3, 248] as const;

export function checkNode(version: string): Finding {
  return atLeast(version, LEAST_NODE)
    ? good(NODE, `${version}.`)
    : bad(NODE, `${version} is too old; ${LEAST_NODE.join(".")} or later is needed.`, "nvm install 22");
}

export async function checkPulumi(env: NodeJS.ProcessEnv): Promise<Finding> {
  const least = LEAST_PULUMI.join(".");
  const install = "curl -fsSL https://get.pulumi.com | sh";
  try {
    const { stdout } = await promisify(execFile)("pulumi", ["version"], { env, timeout: 30_000 });
    const version = stdout.trim();
    if (atLeast(version, LEAST_PULUMI)) return good(PULUMI, `${version}.`);
    return bad(PULUMI, `${version} is too old: it keeps no stash. ${least} or later is needed.`, install);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      return unknown(PULUMI, `\`pulumi version\` failed: ${String((error as Error).message).split("\n")[0]}`);
    return bad(PULUMI, `The command is not installed; ${least} or later is needed.`, install);
  }
}

/** The state holds the ACME account's key, so what encrypts it matters. */
export function checkSecrets({ stack, secrets }: Wanted, env: NodeJS.ProcessEnv): Finding {
  if (stack === undefined) return warning(STATE, "There is no stack yet.", "pulumi stack init prod");
  if (secrets === "provider") return good(STATE, "Encrypted with the key service that the stack's file names.");
  const given = env.PULUMI_CONFIG_PASSPHRASE;
  const KMS = `pulumi stack change-secrets-provider --stack ${stack} "awskms://alias/ALIAS?region=REGION"`;
  if (secrets === "unsaid") {
    return warning(
      STATE,
      "The stack's file names no provider: Pulumi Cloud encrypts with its own key; with `pulumi login s3://…` the first secret asks for a passphrase.",
      KMS,
    );
  }
  if (given === undefined && env.PULUMI_CONFIG_PASSPHRASE_FILE === undefined) {
    return bad(
      STATE,
      "Encrypted with a passphrase that is not in the environment: a deployment without a terminal fails, and who loses it loses the ACME account's key.",
      "export PULUMI_CONFIG_PASSPHRASE_FILE=/path/of/a/file/that/is/backed/up",
      KMS,
    );
  }
  if (given === "") {
    return bad(STATE, "The passphrase is empty: whoever reads the state file has the ACME account's key.", KMS);
  }
  return warning(
    STATE,
    "Encrypted with a passphrase: whoever loses it loses the ACME account's key. Keep a copy elsewhere.",
    KMS,
  );
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, has = 0, and = 0] = (/^v?(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  return has > major || (has === major && and >= minor);
}
