import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as readline from "node:readline";
import { keep, release } from "../../process/keeper";

/** A function as the program defines it. */
export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** Where its code was unpacked. */
  readonly directory: string;
  /** `index.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Name of its execution role. */
  readonly role: string;
  readonly logGroup: string;
}

/** What an invocation gave; `error` is Lambda's error document. */
export type Outcome = { readonly payload: string; readonly error: boolean };

/** One execution environment: a process that runs one invocation at a time and is used again while it is warm. */
export class ExecutionEnvironment {
  /** When it last finished something, ms. */
  idleSince = Date.now();
  private readonly child: ChildProcess;
  private readonly closed: Promise<string>;
  private alive = true;
  /** Killed, but perhaps not gone yet. */
  private condemned = false;

  constructor(
    private readonly settings: FunctionSettings,
    hostFile: string,
    awsVariables: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
  ) {
    this.child = spawn(process.execPath, [hostFile], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
      env: { ...lambdaVariables(settings), ...settings.variables, ...awsVariables },
    });
    const pid = this.child.pid;
    if (pid !== undefined) keep(pid);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) readline.createInterface({ input: stream }).on("line", onLine);
    }
    this.closed = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(error.message));
      this.child.once("exit", (code, signal) => resolve(`exit status ${code ?? signal}`));
    }).then((how) => {
      this.alive = false;
      if (pid !== undefined) release(pid);
      return String(how);
    });
  }

  get pid(): number | undefined {
    return this.alive ? this.child.pid : undefined;
  }

  get usable(): boolean {
    return this.alive && !this.condemned;
  }

  /** Runs one event. A time-out kills the process, as Lambda does; so does a handler that exits. */
  async run(payload: string): Promise<Outcome> {
    const id = randomUUID();
    const timeoutMs = this.settings.timeoutSeconds * 1_000;
    let timer: NodeJS.Timeout | undefined;
    let listener: ((message: { id: string; result?: string; error?: string }) => void) | undefined;
    const answered = new Promise<Outcome>((resolve) => {
      listener = (message) => {
        if (message.id !== id) return;
        resolve(
          message.error === undefined
            ? { payload: message.result ?? "null", error: false }
            : { payload: message.error, error: true },
        );
      };
      this.child.on("message", listener);
    });
    const timedOut = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        this.condemned = true;
        this.child.kill("SIGKILL");
        resolve(
          failure(
            "Sandbox.Timedout",
            `RequestId: ${id} Error: Task timed out after ${this.settings.timeoutSeconds.toFixed(2)} seconds`,
          ),
        );
      }, timeoutMs);
    });
    const died = this.closed.then((how) =>
      failure("Runtime.ExitError", `RequestId: ${id} Error: Runtime exited with error: ${how}`),
    );
    if (this.alive) this.child.send({ id, payload, deadline: Date.now() + timeoutMs, functionArn: this.settings.arn });
    const outcome = await Promise.race([answered, timedOut, died]);
    clearTimeout(timer);
    if (listener) this.child.off("message", listener);
    this.idleSince = Date.now();
    return outcome;
  }

  async stop(): Promise<void> {
    if (this.alive) this.child.kill("SIGKILL");
    await this.closed;
  }
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { payload: JSON.stringify({ errorType, errorMessage }), error: true };
}

/** What Lambda itself sets (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). */
function lambdaVariables(settings: FunctionSettings): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    _HANDLER: settings.handler,
    LAMBDA_TASK_ROOT: settings.directory,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10)}/[$LATEST]${randomUUID()}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  };
}
