import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type * as resource from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { GraphNode } from "../../local/graph";
import { isProperties, type Properties, unwrapSecrets, type Value } from "../../local/wire";
import { BUNDLES } from "../../scripts/bundle";
import { answerInvoke, computedOutputs } from "./aws-answers";

/** A resource as the engine would be told of it; more than the local stack needs, for what tests assert. */
export interface RegisteredResource extends GraphNode {
  readonly id: string;
  /** Inputs and what AWS would add. */
  readonly state: Properties;
  /** Names of the inputs that are secret. */
  readonly secretInputs: readonly string[];
  /** URNs of `dependsOn`. */
  readonly dependencies: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** A component's outputs, once registered. */
  outputs?: Properties;
}

export interface Graph {
  readonly nodes: readonly RegisteredResource[];
  /** What the program returned. */
  readonly outputs: Properties;
  /** All of one type: `aws:ec2/eip:Eip`. */
  ofType(type: string): RegisteredResource[];
  /** The one whose logical name ends so. Throws when there is none, or more than one. */
  named(ending: string): RegisteredResource;
}

const PROJECT = "certfront";
export const TEST_STACK = "dev";

/** Features of the engine that need no callbacks into the program. */
const FEATURES = ["secrets", "resourceReferences", "deletedWith", "aliasSpecs", "parameterization"];

/**
 * Runs a program in this process and gathers all that it registers. Rejects with what the program throws.
 * @param program makes resources; returns the outputs to look at
 */
export async function graphOf(program: () => Record<string, unknown> | undefined): Promise<Graph> {
  const monitor = new GraphMonitor();
  pulumi.runtime.setAllConfig({});
  pulumi.runtime.setMockOptions(monitor, PROJECT, TEST_STACK, false, "organization");
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0; // the SDK takes a stack per promise; without, a large graph is four times faster
  try {
    await pulumi.runtime.runInPulumiStack(async () => program());
    await pulumi.runtime.disconnect();
  } finally {
    Error.stackTraceLimit = limit;
  }
  const nodes = [...monitor.graph.values()];
  return {
    nodes,
    outputs: nodes.find((node) => node.type === "pulumi:pulumi:Stack")?.outputs ?? {},
    ofType: (type) => nodes.filter((node) => node.type === type),
    named: (ending) => onlyOne(nodes, ending),
  };
}

class GraphMonitor extends MockMonitor {
  readonly graph = new Map<string, RegisteredResource>();

  constructor() {
    super({
      newResource: ({ type, name, inputs, custom }) => ({
        id: custom === false ? undefined : `${name}-id`,
        state: { ...inputs, ...computedOutputs(type, name, inputs) },
      }),
      call: ({ token, inputs }) => answerInvoke(token, inputs),
    });
  }

  /** As the engine makes them: the whole chain of parent types, the stack left out. */
  override newUrn(parent: string, type: string, name: string): string {
    const chain = parent?.split("::")[2];
    const qualified = chain && chain !== "pulumi:pulumi:Stack" ? `${chain}$${type}` : type;
    return ["urn:pulumi:" + pulumi.getStack(), pulumi.getProject(), qualified, name].join("::");
  }

  override async registerResource(
    request: resource.RegisterResourceRequest,
    callback: (error: Error | undefined, response: unknown) => void,
  ): Promise<void> {
    const urn = this.newUrn(request.getParent(), request.getType(), request.getName());
    if (this.graph.has(urn)) return callback(new Error(`Duplicate resource URN '${urn}'`), undefined);
    const raw = (request.getObject()?.toJavaScript() ?? {}) as Properties;
    const inputs = plain(raw);
    this.graph.set(urn, {
      urn,
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      parent: request.getParent(),
      protect: request.getProtect() ?? false,
      inputs,
      id: `${request.getName()}-id`,
      state: { ...inputs, ...(computedOutputs(request.getType(), request.getName(), inputs) as Properties) },
      secretInputs: Object.keys(raw).filter((key) => isSecret(raw[key])),
      dependencies: request.getDependenciesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      propertyDependencies: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()].map(([key, value]) => [key, value.getUrnsList()]),
      ),
      source: undefined,
    });
    return super.registerResource(request, callback);
  }

  override async registerResourceOutputs(
    request: resource.RegisterResourceOutputsRequest,
    callback: (error: Error | undefined, response: unknown) => void,
  ): Promise<void> {
    const node = this.graph.get(request.getUrn());
    if (node) node.outputs = plain((request.getOutputs()?.toJavaScript() ?? {}) as Properties);
    return super.registerResourceOutputs(request, callback);
  }

  override supportsFeature(
    request: resource.SupportsFeatureRequest,
    callback: (error: Error | null, response: unknown) => void,
  ): void {
    callback(null, { getHassupport: () => FEATURES.includes(request.getId()) });
  }
}

/** A directory with a small stand-in for every bundle: what graph tests need of them is that they are there. */
export function standInBundles(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "certfront-bundles-"));
  for (const [name, { file }] of Object.entries(BUNDLES)) {
    fs.mkdirSync(path.join(directory, name));
    fs.writeFileSync(path.join(directory, name, file), `exports.handler = async () => "${name}";\n`);
  }
  return directory;
}

function plain(raw: Properties): Properties {
  const value = unwrapSecrets(raw);
  return isProperties(value) ? value : {};
}

function isSecret(value: Value | undefined): boolean {
  return isProperties(value) && JSON.stringify(value) !== JSON.stringify(unwrapSecrets(value));
}

function onlyOne(nodes: readonly RegisteredResource[], ending: string): RegisteredResource {
  const found = nodes.filter((node) => node.name.endsWith(ending));
  const [node] = found;
  if (!node || found.length > 1) throw new Error(`${found.length} resources are named …${ending}`);
  return node;
}
