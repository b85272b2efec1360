import { CertfrontError } from "../../core/base/errors";
import type { Properties, Value } from "./wire";
import { isProperties } from "./wire";

/** One resource as the Pulumi program registered it. */
export interface GraphNode {
  readonly urn: string;
  /** Pulumi type token: `aws:lambda/function:Function`. */
  readonly type: string;
  readonly name: string;
  /** False for components. */
  readonly custom: boolean;
  readonly parent: string;
  readonly protect: boolean;
  /** Secrets are plain text here. */
  readonly inputs: Properties;
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `infra/data/store.ts:12`, where the program says so. */
  readonly source: string | undefined;
}

/** Reads a resource's inputs by dotted path (`environment.variables`, `loadBalancers[0]` as `loadBalancers.0`), saying which resource lacks what. */
export class Inputs {
  constructor(
    private readonly node: Pick<GraphNode, "name" | "type">,
    private readonly values: Properties,
  ) {}

  static of(node: GraphNode): Inputs {
    return new Inputs(node, node.inputs);
  }

  value(at: string): Value | undefined {
    let here: Value | undefined = this.values;
    for (const key of at.split(".")) {
      if (Array.isArray(here)) here = here[Number(key)];
      else if (isProperties(here)) here = here[key];
      else return undefined;
    }
    return here;
  }

  text(at: string): string {
    const found = this.optionalText(at);
    if (found === undefined) throw this.missing(at, "text");
    return found;
  }

  optionalText(at: string): string | undefined {
    const found = this.value(at);
    return typeof found === "string" ? found : typeof found === "number" ? String(found) : undefined;
  }

  number(at: string, otherwise?: number): number {
    const found = this.value(at);
    const number = typeof found === "number" ? found : typeof found === "string" ? Number(found) : otherwise;
    if (number === undefined || Number.isNaN(number)) throw this.missing(at, "a number");
    return number;
  }

  flag(at: string): boolean {
    return this.value(at) === true;
  }

  list(at: string): Inputs[] {
    const found = this.value(at);
    const items = Array.isArray(found) ? found : [];
    return items.filter(isProperties).map((item) => new Inputs(this.node, item));
  }

  texts(at: string): string[] {
    const found = this.value(at);
    return (Array.isArray(found) ? found : []).filter((item) => typeof item === "string");
  }

  /** A map of texts, such as environment variables or tags. */
  map(at: string): Record<string, string> {
    const found = this.value(at);
    if (!isProperties(found)) return {};
    return Object.fromEntries(
      Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  }

  private missing(at: string, what: string): CertfrontError {
    return new CertfrontError(`${this.node.type} ${this.node.name}: expected ${what} in "${at}".`, {
      code: "LOCAL_RESOURCE",
      advice:
        "The local stack reads what the Pulumi program says; correct the program, or teach local/realise this form.",
    });
  }
}
