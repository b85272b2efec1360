import { execFile } from "node:child_process";
import * as fs from "node:fs";
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

/** Runs `proof/graph/<script>.py` on a graph and returns what it printed, JSON. */
export async function askPython(bin: string, script: string, graph: Graph, ...args: string[]): Promise<unknown> {
  const file = path.join(fs.mkdtempSync(path.join(process.env.TMPDIR ?? "/tmp", "graph-")), "graph.json");
  fs.writeFileSync(file, JSON.stringify(graph.nodes.filter(({ custom }) => custom).map(asMade)));
  const program = path.join(ROOT, "proof", "graph", `${script}.py`);
  const { stdout } = await promisify(execFile)(path.join(bin, "python"), [program, file, ...args], {
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: "1" },
  });
  return JSON.parse(stdout);
}

/** A resource as a provider would have made it. */
function asMade({ urn, type, inputs, id, state }: Graph["nodes"][number]): Answers {
  const added = Object.fromEntries(Object.entries(state).filter(([key]) => !(key in inputs)));
  return { op: "create", urn, type, inputs, id, added: { ...added, ...nameOf(state) } };
}

const nameOf = (state: Answers): Answers => (typeof state.arn === "string" ? { arn: state.arn } : {});
