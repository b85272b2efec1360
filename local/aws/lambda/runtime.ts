import * as fs from "node:fs";
import * as path from "node:path";
import { transformSync } from "esbuild";
import { AwsError } from "../error";
import { ExecutionEnvironment, type FunctionSettings, type Outcome } from "./environment";

/** What the runtime asks of the stack around it. */
export interface RuntimeHost {
  /** Where to put the runtime's own file. */
  readonly directory: string;
  /** Region, endpoint and credentials for a role. */
  awsVariables(role: string): Readonly<Record<string, string>>;
  /** One line that a function wrote. */
  onLine(settings: FunctionSettings, line: string): void;
  /** One of Lambda's own metrics (`Errors`, `Throttles`, `Invocations`, `Duration` in ms). */
  onMetric(functionName: string, metric: string, value: number): void;
}

/** Executions at once in a new AWS account: more are throttled. */
const ACCOUNT_CONCURRENCY = 10;
/** An idle environment is ended after this long, ms. */
const IDLE_LIMIT = 5 * 60_000;

/** Runs the functions of the program: each in processes of its own, warm ones first. */
export class LambdaRuntime {
  private readonly functions = new Map<string, FunctionSettings>();
  private readonly idle = new Map<string, ExecutionEnvironment[]>();
  private readonly busy = new Map<string, Set<ExecutionEnvironment>>();
  private readonly hostFile: string;
  private readonly reaper: NodeJS.Timeout;

  constructor(private readonly host: RuntimeHost) {
    const source = fs.readFileSync(path.join(__dirname, "host.ts"), "utf8");
    this.hostFile = path.join(host.directory, "lambda-host.cjs");
    fs.writeFileSync(this.hostFile, transformSync(source, { loader: "ts", format: "cjs", target: "node20" }).code);
    this.reaper = setInterval(() => this.reap(), 30_000);
    this.reaper.unref();
  }

  /** Creates the function, or replaces it: what runs keeps its code until it is done. */
  async register(settings: FunctionSettings): Promise<void> {
    this.functions.set(settings.name, settings);
    const old = this.idle.get(settings.name) ?? [];
    this.idle.delete(settings.name);
    await Promise.all(old.map((environment) => environment.stop()));
  }

  settings(name: string): FunctionSettings {
    const found = this.functions.get(name);
    if (found === undefined) throw new AwsError("ResourceNotFoundException", `Function not found: ${name}`, 404);
    return found;
  }

  /** Runs one event and waits. @throws AwsError TooManyRequestsException when as many run as the account may */
  async invoke(name: string, payload: string): Promise<Outcome> {
    const settings = this.settings(name);
    const environment = this.take(settings);
    const started = Date.now();
    try {
      const outcome = await environment.run(payload);
      this.host.onMetric(name, "Invocations", 1);
      this.host.onMetric(name, "Errors", outcome.error ? 1 : 0);
      this.host.onMetric(name, "Duration", Date.now() - started);
      if (outcome.error) this.host.onLine(settings, outcome.payload);
      return outcome;
    } finally {
      this.give(settings, environment);
    }
  }

  /** Processes that are running an event of this function now. */
  busyPids(name: string): number[] {
    return [...(this.busy.get(name) ?? [])].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  async stop(): Promise<void> {
    clearInterval(this.reaper);
    const all = [...[...this.idle.values()].flat(), ...[...this.busy.values()].flatMap((set) => [...set])];
    await Promise.all(all.map((environment) => environment.stop()));
  }

  private take(settings: FunctionSettings): ExecutionEnvironment {
    const running = [...this.busy.values()].reduce((sum, set) => sum + set.size, 0);
    if (running >= ACCOUNT_CONCURRENCY) {
      this.host.onMetric(settings.name, "Throttles", 1);
      throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    }
    const warm = (this.idle.get(settings.name) ?? []).filter(({ usable }) => usable);
    const environment =
      warm.pop() ??
      new ExecutionEnvironment(settings, this.hostFile, this.host.awsVariables(settings.role), (line) =>
        this.host.onLine(settings, line),
      );
    this.idle.set(settings.name, warm);
    const busy = this.busy.get(settings.name) ?? new Set();
    this.busy.set(settings.name, busy.add(environment));
    return environment;
  }

  private give(settings: FunctionSettings, environment: ExecutionEnvironment): void {
    this.busy.get(settings.name)?.delete(environment);
    if (!environment.usable) return;
    if (this.functions.get(settings.name) !== settings) void environment.stop();
    else this.idle.set(settings.name, [...(this.idle.get(settings.name) ?? []), environment]);
  }

  private reap(): void {
    for (const [name, environments] of this.idle) {
      const [old, kept] = [
        environments.filter((e) => e.idleSince < Date.now() - IDLE_LIMIT),
        environments.filter((e) => e.idleSince >= Date.now() - IDLE_LIMIT),
      ];
      this.idle.set(name, kept);
      for (const environment of old) void environment.stop();
    }
  }
}
