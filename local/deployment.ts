import type { Tenant } from "../core/tenant";
import { parseTenants } from "../core/tenant-config";
import type { LocalCloud } from "./cloud";
import { readStackConfig } from "./config";
import { localCas } from "./differences";
import { type Program, runProgram } from "./engine";
import { lookup } from "./realise/lookups";
import { type Changes, Resources } from "./realise/resources";

export interface DeploymentOptions {
  readonly root: string;
  readonly stack: string;
  readonly cloud: LocalCloud;
  /** URL of the local CA's directory. */
  readonly acmeDirectory: string;
}

export interface Deployed {
  readonly program: Program;
  readonly changes: Changes;
  /** As `apply` was given them. */
  readonly tenants: readonly Tenant[];
}

/** `pulumi up` for this machine: once at the start, then after each edit of the stack's file. */
export class Deployment {
  private readonly resources: Resources;

  constructor(private readonly options: DeploymentOptions) {
    this.resources = new Resources(options.cloud);
  }

  /** Runs the program; its resources become real, or stay as they are where nothing changed. @throws CertfrontError */
  async up(): Promise<Deployed> {
    const { root, stack, cloud, acmeDirectory } = this.options;
    const config = readStackConfig(root, stack);
    const changes: Changes = { applied: [], needRestart: [], unknown: [] };
    const casKey = `${config.project}:cas`;
    const cas: unknown = JSON.parse(config.values[casKey] ?? "[]");
    const program = await runProgram({
      root,
      project: config.project,
      stack,
      config: {
        ...config.values,
        "aws:region": cloud.region,
        [casKey]: JSON.stringify(localCas(cas, acmeDirectory)),
        [`${config.project}:eab`]: "{}",
      },
      secretKeys: config.secretKeys,
      realise: (node) => this.resources.realise(node, changes),
      invoke: lookup(cloud.region),
      log: (line) => cloud.progress.warn(line),
    });
    for (const kind of new Set(changes.unknown)) {
      cloud.progress.warn(`${kind} has no local part and is not listed in local/differences.ts`);
    }
    return { program, changes, tenants: tenantsOf(program, cloud) };
  }
}

/** The tenant list that the program's invocation of `apply` names. */
function tenantsOf({ graph }: Program, { buckets }: LocalCloud): Tenant[] {
  for (const node of graph.values()) {
    if (node.type !== "aws:lambda/invocation:Invocation" || typeof node.inputs.input !== "string") continue;
    const { operation, bucket = "", key = "" } = JSON.parse(node.inputs.input) as Record<string, string>;
    if (operation !== "apply") continue;
    const list = JSON.parse(buckets.get(bucket, key).toString()) as {
      tenants: unknown;
      settings: { caNames: string[] };
    };
    return parseTenants(list.tenants, list.settings);
  }
  return [];
}
