import * as path from "node:path";
import { parseArgs } from "node:util";
import { CertfrontError } from "../../core/base/errors";
import { timeScale } from "../aws/time-scale";
import { ensurePackages, STACK_PACKAGES } from "../process/debian/ensure-packages";
import { Progress } from "../progress/events";
import { plainView } from "../progress/plain-view";
import { terminalView } from "../progress/terminal-view";
import { usualPorts } from "./lab";
import { ownCa } from "./own-ca";
import { run } from "./run";
import { startupError } from "./startup-error";

const HELP = `npm start -- [options]

Runs the whole stack on this machine: the Pulumi program, its functions, fronts, load balancer, and a real ACME CA.

  --stack NAME       configuration to use, Pulumi.NAME.yaml (default: local)
  --fronts N         number of fronts (default: the configuration's minFronts)
  --once             exit as soon as every tenant is served by every front: 0, or 1 with the reasons after 5 minutes
  --json             one JSON document on stdout, progress on stderr
  --lifetime D       certificates this short (5m, 2h, 6d), and schedules, alarms and retries as much faster
  --ca-directory URL an ACME server in Pebble's place, such as your company's; started before or after this
  --ca-root FILE     PEM, what that server and its certificates chain to
  --lab              also the client capability lab, as upstream of two tenants; on ports 80 and 443 where they can be had
  --port-http P      the load balancer's port for http (default: any free one)
  --port-https P     the same for https
  --help             this text
`;

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const OPTIONS = {
  stack: { type: "string", default: "local" },
  fronts: { type: "string" },
  once: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  lifetime: { type: "string" },
  "ca-directory": { type: "string" },
  "ca-root": { type: "string" },
  lab: { type: "boolean", default: false },
  "port-http": { type: "string", default: "0" },
  "port-https": { type: "string", default: "0" },
  help: { type: "boolean", default: false },
} as const;

function options() {
  const { values } = parseArgs({ options: OPTIONS });
  return {
    ...values,
    fronts: values.fronts === undefined ? undefined : whole("--fronts", values.fronts, 1, 20),
    lifetime: values.lifetime === undefined ? undefined : duration("--lifetime", values.lifetime),
    ca: ownCa(values["ca-directory"], values["ca-root"]),
    httpPort: whole("--port-http", values["port-http"], 0, 65_535),
    httpsPort: whole("--port-https", values["port-https"], 0, 65_535),
  };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new CertfrontError(`${option} ${text}: give a whole number from ${least} to ${most}.`, { code: "USAGE" });
}

/** `5m` in ms; a minute at least, for a certificate must outlive its own renewal. */
function duration(option: string, text: string): number {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (ms >= 60_000) return ms;
  throw new CertfrontError(`${option} ${text}: give a minute or more, such as 5m, 2h or 6d.`, { code: "USAGE" });
}

async function main(): Promise<number> {
  const { help, lifetime, ...chosen } = options();
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  ensurePackages(STACK_PACKAGES);
  const root = path.join(__dirname, "..", "..");
  const progress = new Progress();
  const out = chosen.json ? process.stderr : process.stdout;
  const drawn = out.isTTY && process.env.CI === undefined && process.env.TERM !== "dumb";
  const endView = drawn ? terminalView(progress, out) : plainView(progress, out);
  const directory = path.join(root, ".local");
  const ports = chosen.lab && chosen.httpPort === 0 && chosen.httpsPort === 0 ? await usualPorts() : undefined;
  return run({ ...chosen, ...ports, root, directory, progress, timeScale: timeScale(lifetime) }).finally(endView);
}

main().then(
  (code) => process.exit(code),
  (raw: unknown) => {
    const error = startupError(raw, Object.keys(OPTIONS));
    const known = error instanceof CertfrontError ? error : undefined;
    process.stderr.write(
      `${known ? [known.message, known.advice].filter(Boolean).join("\n") : ((error as Error).stack ?? error)}\n`,
    );
    process.exit(known?.code === "USAGE" ? 2 : 1);
  },
);
