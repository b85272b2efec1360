import { spawn } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import engine from "@pulumi/pulumi/proto/engine_pb";
import provider from "@pulumi/pulumi/proto/provider_pb";
import resourceRpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import resource from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CertfrontError } from "../../core/base/errors";
import { keep, release } from "../process/keeper";
import type { GraphNode } from "./graph";
import { answer, withUnimplemented } from "./unary";
import type { Properties } from "./wire";
import { isProperties, unwrapSecrets } from "./wire";

/** What a resource becomes: its id and the outputs that only a cloud would know. */
export type Outputs = Properties & { id?: string };

export interface ProgramOptions {
  /** The repository's root: where the program runs. */
  readonly root: string;
  readonly project: string;
  readonly stack: string;
  /** Full keys (`certfront:tenants`) and their values, objects as JSON. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** Makes one resource real. Called in dependency order; what it throws fails the program as a provider's error would. */
  readonly realise: (node: GraphNode) => Promise<Outputs>;
  /** Answers a provider function (`aws:index/getRegion:getRegion`). */
  readonly invoke: (token: string, args: Properties) => Promise<Properties>;
  /** What the program, Pulumi's SDK or Node says while it runs. */
  readonly log: (line: string) => void;
}

export interface Program {
  readonly graph: ReadonlyMap<string, GraphNode>;
  readonly outputs: Properties;
}

/** Features of the engine that are answered; those that need a callback server into the program are not. */
const FEATURES = new Set(["secrets", "resourceReferences", "deletedWith", "aliasSpecs", "parameterization"]);

/**
 * Runs the Pulumi program under Pulumi's own Node entry point, as `pulumi up` does, with this process as the engine.
 * Throws a CertfrontError carrying what the program printed when it fails.
 */
export async function runProgram(options: ProgramOptions): Promise<Program> {
  const graph = new Map<string, GraphNode>();
  const monitor = new Monitor(options, graph);
  const address = await monitor.listen();
  try {
    const { code, said } = await runEntryPoint(options, address);
    if (code !== 0) throw programFailed(monitor.errors, said);
    for (const error of monitor.errors) options.log(error);
    return { graph, outputs: monitor.outputs };
  } finally {
    monitor.close();
  }
}

/** Errors that the program told in its own words are all there is to say. */
function programFailed(errors: readonly string[], said: readonly string[]): CertfrontError {
  const code = "PROGRAM_FAILED";
  if (errors.length > 0) return new CertfrontError(errors.join("\n"), { code });
  const advice =
    "Nothing that was running has been changed by the failed part; correct the program or its configuration.";
  return new CertfrontError(`The Pulumi program failed:\n${said.join("\n")}`, { code, advice });
}

async function runEntryPoint(
  options: ProgramOptions,
  address: string,
): Promise<{ code: number | null; said: string[] }> {
  const said: string[] = [];
  const child = spawn(
    process.execPath,
    [
      "--stack-trace-limit=5", // the SDK takes a stack per promise: this alone is three quarters of a large program's time
      require.resolve("@pulumi/pulumi/cmd/run"),
      `--monitor=${address}`,
      `--engine=${address}`,
      `--project=${options.project}`,
      `--stack=${options.stack}`,
      "--organization=local",
      `--root-directory=${options.root}`,
      `--pwd=${options.root}`,
      "--parallel=16",
      // Pulumi.yaml's `main`: without it the package's `exports` would be taken for the program.
      "index.ts",
    ],
    {
      cwd: options.root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NODE_OPTIONS: "", // ours may carry tsx's loader; the program runs under Pulumi's
        NO_COLOR: "1",
        PULUMI_NODEJS_TYPESCRIPT: "true",
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        PULUMI_CONFIG: JSON.stringify(options.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secretKeys),
      },
    },
  );
  // Without an engine it was seen to go on, busy, for an hour.
  const { pid } = child;
  if (pid !== undefined) keep(pid);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter(Boolean)) {
        said.push(line);
        options.log(line);
      }
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => {
    if (pid !== undefined) release(pid);
  });
  return { code, said };
}

/** Pulumi's ResourceMonitor and Engine services. */
class Monitor {
  readonly errors: string[] = [];
  outputs: Properties = {};
  private rootUrn = "";
  private readonly failure = failure();
  private readonly server = new grpc.Server({ "grpc.max_receive_message_length": -1 });

  constructor(
    private readonly options: ProgramOptions,
    private readonly graph: Map<string, GraphNode>,
  ) {
    this.server.addService(
      resourceRpc.ResourceMonitorService,
      withUnimplemented(resourceRpc.ResourceMonitorService, {
        supportsFeature: answer((request: resource.SupportsFeatureRequest) =>
          new resource.SupportsFeatureResponse().setHassupport(FEATURES.has(request.getId())),
        ),
        registerResource: answer((request: resource.RegisterResourceRequest) => this.register(request)),
        registerResourceOutputs: answer((request: resource.RegisterResourceOutputsRequest) => {
          if (request.getUrn() === this.rootUrn) this.outputs = plain(request.getOutputs());
          return new Empty();
        }),
        readResource: answer((request: resource.ReadResourceRequest) => this.read(request)),
        invoke: answer(async (request: resource.ResourceInvokeRequest) =>
          new provider.InvokeResponse().setReturn(
            Struct.fromJavaScript(await this.options.invoke(request.getTok(), plain(request.getArgs()))),
          ),
        ),
        registerPackage: answer((request: resource.RegisterPackageRequest) =>
          new resource.RegisterPackageResponse().setRef(`${request.getName()}@${request.getVersion()}`),
        ),
        signalAndWaitForShutdown: answer(() => new Empty()),
      }),
    );
    this.server.addService(
      engineRpc.EngineService,
      withUnimplemented(engineRpc.EngineService, {
        log: answer((request: engine.LogRequest) => this.log(request)),
        getRootResource: answer(() => new engine.GetRootResourceResponse().setUrn(this.rootUrn)),
        setRootResource: answer((request: engine.SetRootResourceRequest) => {
          this.rootUrn = request.getUrn();
          return new engine.SetRootResourceResponse();
        }),
        requirePulumiVersion: answer(() => new engine.RequirePulumiVersionResponse()),
      }),
    );
  }

  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(`127.0.0.1:${port}`),
      );
    });
  }

  close(): void {
    this.server.forceShutdown();
  }

  private async register(request: resource.RegisterResourceRequest): Promise<resource.RegisterResourceResponse> {
    const node = this.node(request);
    if (this.graph.has(node.urn)) throw new Error(`Duplicate resource URN '${node.urn}'; try giving it a unique name`);
    this.graph.set(node.urn, node);
    if (node.type === "pulumi:pulumi:Stack") this.rootUrn = node.urn;
    const response = new resource.RegisterResourceResponse().setUrn(node.urn);
    if (!node.custom) return response.setObject(Struct.fromJavaScript({}));
    const outputs = await this.realise(node);
    return response
      .setId(outputs.id ?? `${node.name}-id`)
      .setObject(Struct.fromJavaScript({ ...wire(request.getObject()), ...outputs }));
  }

  /** Once one resource has failed none is waited for: the program is to end with that failure. */
  private async realise(node: GraphNode): Promise<Outputs> {
    try {
      return await Promise.race([this.options.realise(node), this.failure.promise]);
    } catch (error) {
      this.failure.reject(error);
      throw error;
    }
  }

  private async read(request: resource.ReadResourceRequest): Promise<resource.ReadResourceResponse> {
    const { urn, type, name } = this.name(request.getParent(), request.getType(), request.getName());
    const inputs = { ...plain(request.getProperties()), id: request.getId() };
    const node: GraphNode = {
      urn,
      type,
      name,
      custom: true,
      parent: request.getParent(),
      protect: false,
      inputs,
      propertyDependencies: {},
      source: undefined,
    };
    const outputs = await this.options.realise(node);
    return new resource.ReadResourceResponse()
      .setUrn(urn)
      .setProperties(Struct.fromJavaScript({ ...inputs, ...outputs }));
  }

  private node(request: resource.RegisterResourceRequest): GraphNode {
    const dependencies: [string, string[]][] = [];
    request.getPropertydependenciesMap().forEach((value, key) => {
      if (value.getUrnsList().length > 0) dependencies.push([key, value.getUrnsList()]);
    });
    const source = request.getSourceposition();
    return {
      ...this.name(request.getParent(), request.getType(), request.getName()),
      custom: request.getCustom(),
      parent: request.getParent(),
      protect: request.getProtect() ?? false,
      inputs: plain(request.getObject()),
      propertyDependencies: Object.fromEntries(dependencies),
      source: source === undefined ? undefined : `${path.basename(source.getUri())}:${source.getLine()}`,
    };
  }

  /** URNs as the engine makes them: the whole chain of parent types, the stack left out. */
  private name(parent: string, type: string, name: string): { urn: string; type: string; name: string } {
    const chain = parent !== "" && parent !== this.rootUrn ? `${parent.split("::")[2]}$${type}` : type;
    return { urn: `urn:pulumi:${this.options.stack}::${this.options.project}::${chain}::${name}`, type, name };
  }

  private log(request: engine.LogRequest): Empty {
    if (request.getSeverity() === engine.LogSeverity.WARNING) this.options.log(request.getMessage());
    if (request.getSeverity() === engine.LogSeverity.ERROR) this.errors.push(request.getMessage());
    return new Empty();
  }
}

function failure(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  promise.catch(() => {}); // nobody may be waiting
  return { promise, reject };
}

function wire(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

function plain(struct: Struct | undefined): Properties {
  const value = unwrapSecrets(wire(struct));
  return isProperties(value) ? value : {};
}
