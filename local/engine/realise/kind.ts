import type { LocalCloud } from "../cloud";
import type { Outputs } from "../engine";
import type { GraphNode, Inputs } from "../graph";

/** Makes one resource real, and says the outputs that only a cloud would know. */
export type Realise = (resource: Inputs, cloud: LocalCloud, node: GraphNode) => Outputs | Promise<Outputs>;

/** A kind of resource; `live` ones take changed inputs while the stack runs, others need a new start. */
export interface Kind {
  readonly realise: Realise;
  readonly live?: boolean;
}

/** The physical name: given, or made from a prefix as AWS would. */
export function physicalName(resource: Inputs, node: GraphNode, key = "name"): string {
  return resource.optionalText(key) ?? `${resource.optionalText(`${key}Prefix`) ?? `${node.name}-`}local`;
}
