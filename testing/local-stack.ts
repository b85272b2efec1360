import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { timeScale } from "../local/aws/time-scale";
import { Progress, type ProgressListener } from "../local/progress/events";
import type { StackCa } from "../local/run/foundation";
import { type LocalStack, startStack } from "../local/run/stack";

export interface TestStackOptions {
  readonly tenants: readonly unknown[];
  /** ms; default 90 days. */
  readonly lifetimeMs?: number;
  readonly fronts?: number;
  readonly lab?: boolean;
  /** In Pebble's place. */
  readonly ca?: StackCa | undefined;
  readonly onEvent?: ProgressListener;
}

/** A whole local stack with a directory and a stack file of its own. */
export interface TestStack {
  readonly stack: LocalStack;
  /** All that it writes is below this. */
  readonly folder: string;
  /** Writes the stack's file anew, as somebody editing it would. */
  edit(tenants: readonly unknown[], more?: Readonly<Record<string, unknown>>): void;
  /** Everything that was told so far, for the message of a failing test. */
  readonly warnings: readonly string[];
  stop(): Promise<void>;
}

const ROOT = path.join(__dirname, "..");

export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-stack-"));
  const edit: TestStack["edit"] = (tenants, more = {}) => {
    const own = Object.entries({ tenants, ...more }).map(([key, value]) => [`certfront:${key}`, value]);
    fs.writeFileSync(path.join(folder, "Pulumi.test.yaml"), stringify({ config: Object.fromEntries(own) }));
  };
  edit(options.tenants);
  const warnings: string[] = [];
  const progress = new Progress();
  progress.listen((event) => event.kind === "warning" && warnings.push(event.text));
  if (options.onEvent) progress.listen(options.onEvent);
  const stack = await startStack({
    root: ROOT,
    directory: path.join(folder, "run"),
    stack: "test",
    stackDirectory: folder,
    fronts: options.fronts,
    lab: options.lab,
    ca: options.ca,
    httpPort: 0,
    httpsPort: 0,
    timeScale: timeScale(options.lifetimeMs),
    progress,
  });
  return {
    stack,
    folder,
    edit,
    warnings,
    async stop() {
      await stack.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
