import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { CertfrontError } from "../../core/base/errors";
import { CLIENTS, SUBSET } from "../client/clients";
import { SCENARIOS } from "../scenario/scenarios";
import { startDirectLab } from "./direct-lab";
import { clientsDocument, type Seen } from "./document";
import type { DrivenLab } from "./drive";
import { startFrontLab } from "./front-lab";
import { fillMatrix, type Matrix } from "./matrix";
import { sandboxProblem } from "./sandbox";
import { cellText } from "./text-table";

const HELP = `npm run lab:matrix -- [options]

Sends OPeNDAP clients through the lab's scenarios and says what came of it. Missing clients are installed: Debian's by apt-get,
others into .cache/lab.

  --all            every client (default: ${SUBSET.join(", ")})
  --client NAME    this client only; may be repeated
  --test NAME      this scenario only; may be repeated: ${SCENARIOS.map(({ name }) => name).join(", ")}
  --front          through the local stack's fronts too
  --write          write docs/clients.md from what was seen
  --json           one JSON document on stdout
  --help           this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: "boolean", default: false },
      client: { type: "string", multiple: true },
      test: { type: "string", multiple: true },
      front: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const clients = chosen("--client", CLIENTS, values.client ?? (values.all ? CLIENTS.map(({ name }) => name) : SUBSET));
  const scenarios = chosen("--test", SCENARIOS, values.test ?? SCENARIOS.map(({ name }) => name));
  const problem = sandboxProblem();
  if (problem !== undefined)
    throw new CertfrontError(`Clients need names of their own, and ${problem}.`, {
      code: "NO_SANDBOX",
      advice: "Run it as root, or where user namespaces are allowed.",
    });

  const note = (text: string) => process.stderr.write(`${text}\n`);
  const fill = (lab: DrivenLab, way: string) =>
    fillMatrix(clients, scenarios, lab, (cell) =>
      note(`${way} ${cell.client.padEnd(20)} ${cell.scenario.padEnd(16)} ${cellText(cell)}`),
    );
  const folder = fs.mkdtempSync(path.join(tmpdir(), "lab-"));
  try {
    const seen = await both(folder, values.front, fill);
    if (values.json) process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
    else if (!values.write) process.stdout.write(clientsDocument(seen));
    if (values.write) fs.writeFileSync(path.join(__dirname, "..", "..", "docs", "clients.md"), clientsDocument(seen));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function both(
  folder: string,
  withFront: boolean,
  fill: (lab: DrivenLab, way: string) => Promise<Matrix>,
): Promise<Seen> {
  const lab = await startDirectLab(folder);
  const circumstances = [
    machine(),
    lab.ownPorts
      ? "Directly on ports 80 and 443, as on the Internet."
      : `Directly on high ports, for lack of the right to 80 and 443: ${HIGH_PORTS}`,
  ];
  let direct: Matrix;
  try {
    direct = await fill(lab, "directly ");
  } finally {
    await lab.stop();
  }
  if (!withFront) return { direct, circumstances };
  const fronts = await startFrontLab(folder);
  try {
    const front = await fill(fronts, "by front ");
    const ports = fronts.ownPorts
      ? "on ports 80 and 443."
      : `on high ports, where 80 and 443 are not to be had: ${HIGH_PORTS}`;
    return { direct, front, circumstances: [...circumstances, `Through the local stack's two fronts ${ports}`] };
  } finally {
    await fronts.stop();
  }
}

/** What the clients run on, as far as it may matter to them. */
function machine(): string {
  const [, system = "an unknown system"] =
    /^PRETTY_NAME="?([^"\n]+)/m.exec(fs.readFileSync("/etc/os-release", "utf8")) ?? [];
  const version = (program: string, ...args: string[]) =>
    spawnSync(program, args, { encoding: "utf8" }).stdout?.split("\n")[0]?.trim() || `no ${program}`;
  return `${system}, Node.js ${process.versions.node}, ${version("python3", "--version")}, ${version("java", "--version")}.`;
}

const HIGH_PORTS = "wget ties cookies to the port and fails the combined tests.";

function chosen<One extends { readonly name: string }>(
  option: string,
  all: readonly One[],
  names: readonly string[],
): One[] {
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new CertfrontError(`${option} ${unknown.join(", ")}: there are ${all.map(({ name }) => name).join(", ")}.`, {
      code: "USAGE",
    });
  return all.filter(({ name }) => names.includes(name));
}

main().catch((error: unknown) => {
  const known = error instanceof CertfrontError ? error : undefined;
  process.stderr.write(`${known ? `${known.message}\n${known.advice ?? ""}` : ((error as Error).stack ?? error)}\n`);
  process.exitCode = known?.code === "USAGE" ? 2 : 1;
});
