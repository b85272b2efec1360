import { parseTenants, type TenantContext } from "../../core/tenant/config";
import type { Tenant } from "../../core/tenant/tenant";
import { localCas } from "../aws/differences";
import type { LocalCloud } from "../engine/cloud";
import { type Program, runProgram } from "../engine/engine";
import type { GraphNode } from "../engine/graph";
import { lookup } from "../engine/realise/lookups";
import { type Changes, Resources } from "../engine/realise/resources";
import { readStackConfig, type StackConfig } from "./config";

export interface DeploymentOptions {
  readonly root: string;
  readonly stack: string;
  /** Where `Pulumi.<stack>.yaml` lies. */
  readonly stackDirectory: string;
  readonly cloud: LocalCloud;
  /** URL of the local CA's directory. */
  readonly acmeDirectory: string;
  /** Adds to the configuration what the stack's file does not say. */
  readonly amend?: ((config: StackConfig) => StackConfig["values"]) | undefined;
  /** Told the tenant list just before the program applies it. */
  readonly onTenants: (tenants: readonly Tenant[]) => void;
}

export interface Deployed {
  readonly program: Program;
  readonly changes: Changes;
}

/** `pulumi up` for this machine: once at the start, then after each edit of the stack's file. */
export class Deployment {
  private readonly resources: Resources;

  constructor(private readonly options: DeploymentOptions) {
    this.resources = new Resources(options.cloud);
  }

  /** Runs the program; its resources become real, or stay as they are where nothing changed. @throws CertfrontError */
  async up(): Promise<Deployed> {
    const { root, stack, stackDirectory, cloud, acmeDirectory, onTenants } = this.options;
    const config = readStackConfig(root, stack, stackDirectory);
    const changes: Changes = { applied: [], needRestart: [], unknown: [] };
    const values = this.options.amend?.(config) ?? config.values;
    const casKey = `${config.project}:cas`;
    const cas: unknown = JSON.parse(values[casKey] ?? "[]");
    const program = await runProgram({
      root,
      project: config.project,
      stack,
      config: {
        ...values,
        "aws:region": cloud.region,
        [casKey]: JSON.stringify(localCas(cas, acmeDirectory)),
        [`${config.project}:eab`]: "{}",
      },
      secretKeys: config.secretKeys,
      realise: (node) => {
        const tenants = appliedTenants(node, cloud);
        if (tenants !== undefined) onTenants(tenants);
        return this.resources.realise(node, changes);
      },
      invoke: lookup(cloud.region),
      log: (line) => cloud.progress.warn(line),
    });
    for (const kind of new Set(changes.unknown)) {
      cloud.progress.warn(`${kind} has no local part and is not listed in local/aws/differences.ts`);
    }
    return { program, changes };
  }
}

/** The tenant list that an invocation of `apply` names; undefined for any other resource. */
function appliedTenants({ type, inputs }: GraphNode, { buckets }: LocalCloud): Tenant[] | undefined {
  if (type !== "aws:lambda/invocation:Invocation" || typeof inputs.input !== "string") return undefined;
  const { operation, bucket = "", key = "" } = JSON.parse(inputs.input) as Record<string, string>;
  if (operation !== "apply") return undefined;
  const list = JSON.parse(buckets.get(bucket, key).toString()) as { tenants: unknown; settings: TenantContext };
  return parseTenants(list.tenants, list.settings);
}
