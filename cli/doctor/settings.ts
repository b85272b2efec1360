import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { CertfrontError, wordsOf } from "../../core/base/errors";
import { slug } from "../../core/base/slug";
import { PREFERRED_INSTANCE_TYPES } from "../../infra/account/instance-types";

/** Of a stack that may not be there yet: what its first deployment will ask of the account. */
export interface Wanted {
  /** Pulumi's; undefined before `pulumi stack init`. */
  readonly stack: string | undefined;
  /** `name`: in every name on AWS, and the value of the tag `certfront`. */
  readonly name: string;
  /** `<project>-<name>`. */
  readonly prefix: string;
  readonly region: string | undefined;
  readonly minFronts: number;
  readonly maxFronts: number;
  /** In order of preference. */
  readonly instanceTypes: readonly string[];
  /** Whether Debian's newest image is asked for at each start of a front. */
  readonly debianImage: boolean;
  /** Whether a VPC is made. */
  readonly newNetwork: boolean;
  /** One static address in each. */
  readonly zones: number;
  /** How the state's secrets are encrypted, as the stack's file says. */
  readonly secrets: "passphrase" | "provider" | "unsaid";
}

/** Zones of a VPC that the program makes. */
const NEW_ZONES = 2;

/** Where neither file says how many, as in a program of one's own, or says what is no number, which the program itself refuses. */
const FRONTS = { min: 2, max: 4 };

type Settings = Readonly<Record<string, unknown>>;

/**
 * Reads `Pulumi.yaml` and `Pulumi.<stack>.yaml` of a directory.
 * @param named the stack; absent: the selected one, if any
 * @throws CertfrontError where a stack was named and has no file
 */
export async function readWanted(
  directory: string,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Wanted> {
  const project = read(path.join(directory, "Pulumi.yaml"));
  if (project === undefined)
    throw new CertfrontError(`There is no Pulumi.yaml in ${directory}.`, {
      code: "USAGE",
      advice: "Run it where certfront was cloned to, beside Pulumi.yaml.",
    });
  const stack = named ?? (await selectedStack(directory, env));
  const file = stack === undefined ? undefined : read(path.join(directory, `Pulumi.${stack.split("/").at(-1)}.yaml`));
  if (named !== undefined && file === undefined)
    throw new CertfrontError(`The stack ${named} has no file Pulumi.${named}.yaml here.`, {
      code: "USAGE",
      advice: `Make it first: pulumi stack init ${named}. Without --stack the program's defaults are looked at.`,
    });
  const declared = (project.config ?? {}) as Readonly<Record<string, { default?: unknown }>>;
  const set = (file?.config ?? {}) as Settings;
  const projectName = String(project.name);
  const value = (key: string) => set[`${projectName}:${key}`] ?? declared[key]?.default;
  const types = String(value("instanceType") ?? "")
    .split(",")
    .map((type) => type.trim())
    .filter((type) => type !== "");
  const subnets = listed(value("subnetIds"));
  const newNetwork = !value("vpcId");
  const name = String(value("name") || (stack?.split("/").at(-1) ?? "prod"));
  return {
    stack,
    name,
    prefix: slug(`${projectName}-${name}`),
    region: typeof set["aws:region"] === "string" ? set["aws:region"] : undefined,
    minFronts: count(value("minFronts"), FRONTS.min),
    maxFronts: count(value("maxFronts"), FRONTS.max),
    instanceTypes: types.length > 0 ? types : PREFERRED_INSTANCE_TYPES,
    debianImage: !value("ami") && !value("customAmi"),
    newNetwork,
    zones: !newNetwork && subnets.length > 0 ? subnets.length : NEW_ZONES,
    secrets: file?.encryptionsalt ? "passphrase" : file?.secretsprovider ? "provider" : "unsaid",
  };
}

function count(value: unknown, otherwise: number): number {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}

/** A list as a file holds it, or as `pulumi config set KEY '["…"]'` leaves it there. */
function listed(value: unknown): readonly unknown[] {
  const list: unknown = typeof value === "string" && value.startsWith("[") ? parse(value) : value;
  return Array.isArray(list) ? list : [];
}

function read(file: string): Settings | undefined {
  try {
    return (parse(fs.readFileSync(file, "utf8")) ?? {}) as Settings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CertfrontError(`${file} is no YAML: ${wordsOf(error)}`, {
      code: "USAGE",
      advice: "Pulumi refuses it too: put it right first.",
      cause: error,
    });
  }
}

async function selectedStack(cwd: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const pulumi = promisify(execFile)("pulumi", ["stack", "--show-name"], { cwd, env, timeout: 30_000 });
  return pulumi.then(({ stdout }) => stdout.trim() || undefined).catch(() => undefined);
}
