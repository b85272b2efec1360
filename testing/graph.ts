import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import provider from "@pulumi/pulumi/proto/provider_pb";
import resource from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { BUNDLES } from "../build/bundle";
import type { GraphNode } from "../local/engine/graph";
import { isProperties, type Properties, unwrapSecrets, type Value } from "../local/engine/wire";
import { answerInvoke, computedOutputs, physicalId, TEST_PLACE } from "./aws-answers";

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
  /** Whether AWS keeps it when the program drops it. */
  readonly retainOnDelete: boolean;
  /** Properties whose changes the engine is not to see. */
  readonly ignoreChanges: readonly string[];
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

/** As whose stack a program runs, and after which deployment. */
export interface Deployment {
  /** What a stash was given first stays, and so does what changes are ignored of. */
  readonly before?: Graph;
  readonly stack?: string;
  readonly organization?: string;
}

const PROJECT = "certfront";
export const TEST_STACK = "dev";

/** Features of the engine that need no callbacks into the program. */
const FEATURES = ["secrets", "resourceReferences", "deletedWith", "aliasSpecs", "parameterization"];

/**
 * Runs a program in this process and gathers all that it registers. Rejects with what the program throws.
 * @param program makes resources; returns the outputs to look at
 * @param place where the provider says it deploys to
 */
export async function graphOf(
  program: () => Record<string, unknown> | undefined,
  place = TEST_PLACE,
  { before, stack = TEST_STACK, organization = "organization" }: Deployment = {},
): Promise<Graph> {
  const monitor = new GraphMonitor(place, before);
  pulumi.runtime.setAllConfig({});
  pulumi.runtime.setMockOptions(monitor, PROJECT, stack, false, organization);
  let failure: { error: unknown } | undefined;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0; // the SDK takes a stack per promise; without, a large graph is four times faster
  try {
    // What the program throws stays inside: the SDK would leave rejected promises behind that nobody can catch.
    await pulumi.runtime.runInPulumiStack(async () => {
      try {
        return program();
      } catch (error) {
        failure = { error };
        return undefined;
      }
    });
    await pulumi.runtime.disconnect();
  } finally {
    Error.stackTraceLimit = limit;
  }
  if (failure) throw failure.error;
  const nodes = [...monitor.graph.values()];
  return {
    nodes,
    outputs: nodes.find((node) => node.type === "pulumi:pulumi:Stack")?.outputs ?? {},
    ofType: (type) => nodes.filter((node) => node.type === type),
    named: (ending) => onlyOne(nodes, ending),
  };
}

const STASH = "pulumi:index:Stash";

/** Values that a resource keeps from the last deployment. */
function kept(last: RegisteredResource | undefined, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.flatMap((key) => (last?.state[key] === undefined ? [] : [[key, last.state[key]]])));
}

type Callback<Response> = (error: Error | undefined, response: Response | undefined) => void;

/** What the SDK asks of an engine, in the same process: it calls these in place of a gRPC client's methods. */
class GraphMonitor {
  readonly graph = new Map<string, RegisteredResource>();

  constructor(
    private readonly place: typeof TEST_PLACE,
    private readonly before: Graph | undefined,
  ) {}

  registerResource(
    request: resource.RegisterResourceRequest,
    callback: Callback<resource.RegisterResourceResponse>,
  ): void {
    const urn = urnOf(request.getParent(), request.getType(), request.getName());
    if (this.graph.has(urn)) {
      callback(new Error(`Duplicate resource URN '${urn}'`), undefined);
      return;
    }
    const raw = (request.getObject()?.toJavaScript() ?? {}) as Properties;
    const last = this.before?.nodes.find((node) => node.type === request.getType() && node.name === request.getName());
    const inputs = { ...plain(raw), ...kept(last, request.getIgnorechangesList()) };
    const computed = {
      ...(computedOutputs(request.getType(), request.getName(), inputs, this.place) as Properties),
      ...(request.getType() === STASH ? kept(last, ["output"]) : {}),
    };
    const id = physicalId(request.getType(), request.getName(), inputs, this.place);
    this.graph.set(urn, {
      urn,
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      parent: request.getParent(),
      protect: request.getProtect() ?? false,
      inputs,
      id,
      state: { ...inputs, ...computed },
      secretInputs: Object.keys(raw).filter((key) => isSecret(raw[key])),
      dependencies: request.getDependenciesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      retainOnDelete: request.getRetainondelete() === true,
      ignoreChanges: request.getIgnorechangesList(),
      propertyDependencies: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()].map(([key, value]) => [key, value.getUrnsList()]),
      ),
      source: undefined,
    });
    const response = new resource.RegisterResourceResponse();
    response.setUrn(urn);
    if (request.getCustom()) response.setId(id);
    response.setObject(Struct.fromJavaScript(request.getCustom() ? { ...raw, ...computed } : {}));
    callback(undefined, response);
  }

  registerResourceOutputs(request: resource.RegisterResourceOutputsRequest, callback: Callback<object>): void {
    const node = this.graph.get(request.getUrn());
    if (node) node.outputs = plain((request.getOutputs()?.toJavaScript() ?? {}) as Properties);
    callback(undefined, {});
  }

  invoke(request: resource.ResourceInvokeRequest, callback: Callback<provider.InvokeResponse>): void {
    const inputs = (request.getArgs()?.toJavaScript() ?? {}) as Properties;
    const answer = Struct.fromJavaScript(answerInvoke(request.getTok(), inputs, this.place) as Properties);
    callback(undefined, new provider.InvokeResponse().setReturn(answer));
  }

  supportsFeature(request: resource.SupportsFeatureRequest, callback: Callback<{ getHassupport(): boolean }>): void {
    callback(undefined, { getHassupport: () => FEATURES.includes(request.getId()) });
  }
}

/** As the engine makes them: the whole chain of parent types, the stack left out. */
function urnOf(parent: string, type: string, name: string): string {
  const chain = parent.split("::")[2];
  const qualified = chain && chain !== "pulumi:pulumi:Stack" ? `${chain}$${type}` : type;
  return [`urn:pulumi:${pulumi.getStack()}`, pulumi.getProject(), qualified, name].join("::");
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
