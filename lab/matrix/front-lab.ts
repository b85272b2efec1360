import * as fs from "node:fs";
import * as path from "node:path";
import { timeScale } from "../../local/aws/time-scale";
import { ensurePackages, STACK_PACKAGES } from "../../local/process/debian/ensure-packages";
import { Progress } from "../../local/progress/events";
import { usualPorts } from "../../local/run/lab";
import { startStack } from "../../local/run/stack";
import type { DirectLab } from "./direct-lab";

const ROOT = path.join(__dirname, "..", "..");
/** ms until both tenants are served by every front. */
const PATIENCE = 5 * 60_000;

/** The lab as `npm start -- --lab` has it, with no other tenant. @throws Error when its tenants are not served in time */
export async function startFrontLab(folder: string): Promise<DirectLab> {
  ensurePackages(STACK_PACKAGES);
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  fs.writeFileSync(path.join(folder, "Pulumi.lab.yaml"), "config:\n  certfront:tenants: []\n");
  const ports = (await usualPorts()) ?? { httpPort: 0, httpsPort: 0 };
  const stack = await startStack({
    root: ROOT,
    directory: path.join(folder, "run"),
    stack: "lab",
    stackDirectory: folder,
    ...ports,
    timeScale: timeScale(undefined),
    progress: new Progress(),
    lab: true,
  });
  const { lab } = stack;
  try {
    if (lab === undefined) throw new Error("the stack has no lab");
    const deadline = Date.now() + PATIENCE;
    while (!stack.allServed()) {
      if (Date.now() > deadline) throw new Error("the lab's tenants are not served after five minutes");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return {
      ...lab.files,
      bases: lab.bases,
      ownPorts: ports.httpsPort === 443,
      begin: async (client) => lab.runs.begin(client).id,
      exchanges: async (run, scenario) => lab.runs.find(run)?.attempts.get(scenario)?.exchanges ?? [],
      stop: () => stack.stop(),
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
