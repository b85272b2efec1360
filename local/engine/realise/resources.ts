import { createHash } from "node:crypto";
import { arn } from "../../aws/account";
import { WITHOUT_LOCAL_PART } from "../../aws/differences";
import type { LocalCloud } from "../cloud";
import type { Outputs } from "../engine";
import { type GraphNode, Inputs } from "../graph";
import { isProperties, type Value } from "../wire";
import { functionKinds } from "./functions";
import { identityKinds } from "./identity";
import type { Kind } from "./kind";
import { physicalName } from "./kind";
import { monitoringKinds } from "./monitoring";
import { storageKinds } from "./storage";
import { trafficKinds } from "./traffic";

const KINDS: Readonly<Record<string, Kind>> = {
  ...identityKinds,
  ...storageKinds,
  ...functionKinds,
  ...trafficKinds,
  ...monitoringKinds,
};

/** What a run of the program changed. */
export interface Changes {
  /** Resources made or brought up to date. */
  readonly applied: string[];
  /** Resources whose change takes effect with the next start only. */
  readonly needRestart: string[];
  /** Kinds that neither have a local part nor are listed as needing none. */
  readonly unknown: string[];
}

/**
 * All resources of the running stack. The program may run again: what did not change is left alone, so that a change costs
 * what it touches.
 */
export class Resources {
  private readonly known = new Map<string, { readonly hash: string; readonly outputs: Outputs }>();

  constructor(private readonly cloud: LocalCloud) {}

  /** Makes a resource real, or finds it unchanged. */
  async realise(node: GraphNode, changes: Changes): Promise<Outputs> {
    const hash = createHash("sha256").update(canonical(node.inputs)).digest("hex");
    const before = this.known.get(node.urn);
    if (before?.hash === hash) return before.outputs;
    const kind = KINDS[node.type];
    if (before !== undefined && kind?.live !== true) {
      if (kind !== undefined) changes.needRestart.push(`${node.type} ${node.name}`);
      return before.outputs;
    }
    if (kind === undefined && WITHOUT_LOCAL_PART[node.type] === undefined) changes.unknown.push(node.type);
    const outputs =
      kind === undefined ? nominal(node, this.cloud) : await kind.realise(Inputs.of(node), this.cloud, node);
    this.known.set(node.urn, { hash, outputs });
    changes.applied.push(`${node.type} ${node.name}`);
    return outputs;
  }
}

/** JSON with the keys of every object in order, for comparing. */
function canonical(value: Value): string {
  const ordered = (_key: string, inner: Value) =>
    isProperties(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  return JSON.stringify(value, ordered);
}

/** Outputs of a resource that has no local part: an id and an ARN that look like its kind's. */
function nominal(node: GraphNode, cloud: LocalCloud): Outputs {
  const [, service = "", kind = ""] = /^aws:(\w+)\/(\w+):/.exec(node.type) ?? [];
  const name = physicalName(Inputs.of(node), node);
  return {
    id: `${kind}-${node.name}`,
    name,
    arn: arn(service, cloud.region, service === "sns" ? name : `${kind}/${name}`),
  };
}
