import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { readConfig } from "../../infra/config/config";
import { TenantFront } from "../../infra/tenant-front";
import { type Answers, TEST_PLACE } from "../../testing/aws-answers";
import { type Graph, graphOf, standInBundles, TEST_STACK } from "../../testing/graph";
import { ROOT } from "../tools/cached";

/** What one checker looked at and what it objects to, a sentence each. */
export interface Findings {
  readonly checked: number;
  readonly found: readonly string[];
  readonly seconds: number;
}

/** The graph of one configuration (values as Pulumi keeps them), somewhere. */
export function configuredGraph(config: Readonly<Record<string, unknown>>, place = TEST_PLACE): Promise<Graph> {
  const values = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  return graphOf(() => {
    const args = readConfig({ values, secretKeys: ["eab"], readFile: () => "" });
    new TenantFront(TEST_STACK, { ...args, bundles: standInBundles() });
    return undefined;
  }, place);
}

/** A graph, and what `proof/graph/check.py` is to do with it. */
export interface Job {
  readonly name: string;
  readonly graph: Graph;
  /** Whose offers cfn-lint is asked about. */
  readonly regions: readonly string[];
  /** Whether moto makes it too. */
  readonly emulated: boolean;
}

/** What each step says of each graph, by name; all in one process, since AWS' models are large and are read once. */
export function checked(bin: string, jobs: readonly Job[]): Promise<Readonly<Record<string, Report>>> {
  const files = jobs.map(({ graph, ...job }) => ({ ...job, graph: writeJson(graphForPython(graph)) }));
  return askPython(bin, "check", writeJson(files)) as Promise<Readonly<Record<string, Report>>>;
}
export type Report = Readonly<Record<string, Findings>>;

/** What became of the faults of `proof/graph/faults.py`, each planted into a graph that has none. */
export interface Faults {
  readonly planted: readonly { readonly fault: string; readonly step: string; readonly found: string }[];
  /** Seen by no step. */
  readonly missed: readonly string[];
  /** Their place in the graph is not there any more. */
  readonly absent: readonly string[];
}

export function plantedFaults(bin: string, graph: Graph): Promise<Faults> {
  return askPython(bin, "faults", writeJson(graphForPython(graph))) as Promise<Faults>;
}

function writeJson(content: unknown): string {
  const file = path.join(fs.mkdtempSync(path.join(tmpdir(), "graph-")), "graph.json");
  fs.writeFileSync(file, JSON.stringify(content));
  return file;
}

/** Runs `proof/graph/<script>.py` on a file and returns what it printed, JSON. */
async function askPython(bin: string, script: string, file: string): Promise<unknown> {
  const program = path.join(ROOT, "proof", "graph", `${script}.py`);
  const { stdout } = await promisify(execFile)(path.join(bin, "python"), [program, file], {
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: "1" },
  });
  return JSON.parse(stdout);
}

const graphForPython = (graph: Graph): Answers[] => graph.nodes.filter(({ custom }) => custom).map(asMade);

/** A resource as a provider would have made it. */
function asMade({ urn, type, inputs, id, state }: Graph["nodes"][number]): Answers {
  const added = Object.fromEntries(Object.entries(state).filter(([key]) => !(key in inputs)));
  return { op: "create", urn, type, inputs, id, added: { ...added, ...nameOf(state) } };
}

const nameOf = (state: Answers): Answers => (typeof state.arn === "string" ? { arn: state.arn } : {});
