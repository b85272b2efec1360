import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Client, Recipe } from "../client/client";
import type { ClientFiles } from "../client/files";
import { LAST_ROW } from "../dap/datasets";
import type { Exchange, Scenario } from "../scenario/scenario";
import { type Judgement, judge, type Shown } from "../scenario/verdict";
import { type Bases, entryUrl } from "../server/places";
import { ACCOUNT } from "../server/visit";
import type { Installed } from "./install";
import { type Ran, runIn } from "./sandbox";

/** A lab that clients can be sent to. */
export interface DrivenLab extends ClientFiles {
  readonly bases: Bases;
  /** Begins a run. @returns its id */
  begin(client: string): Promise<string>;
  /** What was noted of it so far. */
  exchanges(run: string, scenario: string): Promise<readonly Exchange[]>;
}

export interface Cell extends Judgement {
  readonly client: string;
  readonly scenario: string;
  readonly requests: number;
  /** null: it did not end by itself. */
  readonly exitCode: number | null;
  readonly shown: Shown;
  /** The end of what it said on standard error, or of its output. */
  readonly said: string;
  readonly recipe: Recipe;
}

/** ms that one client may take for one scenario. */
const PATIENCE = 60_000;

/** Sends one client through one scenario and judges what came of it. */
export async function drive(client: Client, installed: Installed, scenario: Scenario, lab: DrivenLab): Promise<Cell> {
  const home = fs.mkdtempSync(path.join(tmpdir(), "lab-"));
  try {
    const run = await lab.begin(client.name);
    const trusted = scenario.name !== "untrusted";
    const passwordHost = scenario.passwordFor && lab.bases[scenario.passwordFor]?.https;
    const recipe = client.recipe({
      url: entryUrl(lab.bases, scenario.entry, run, scenario.name),
      home,
      ca: trusted ? lab.ca : undefined,
      account: passwordHost === undefined ? undefined : { ...ACCOUNT, host: new URL(passwordHost).hostname },
      certificate: scenario.withCertificate ? lab.certificate : undefined,
    });
    for (const [name, content] of Object.entries(recipe.files))
      fs.writeFileSync(path.join(home, name), content, { mode: 0o600 });
    const sandbox = { hosts: lab.hosts, systemCas: recipe.systemCa ? lab.systemCas : undefined };
    const ran = await runIn(sandbox, recipe.command, {
      cwd: home,
      environment: {
        PATH: "/usr/local/bin:/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: home,
        TMPDIR: home,
        ...installed.environment,
        ...recipe.environment,
      },
      within: PATIENCE,
    });
    const exchanges = await lab.exchanges(run, scenario.name);
    const shown = shownBy(client, ran);
    return {
      client: client.name,
      scenario: scenario.name,
      ...judge(scenario, { exchanges, shown, ended: true, single: client.single }),
      requests: exchanges.length,
      exitCode: ran.exitCode ?? null,
      shown,
      said: (ran.stderr.trim() || ran.stdout.trim()).slice(-300),
      recipe,
    };
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

/** Exit codes are no help: getdap and jsdap end with 0 having read nothing. */
function shownBy(client: Client, { stdout }: Ran): Shown {
  const numbers = (stdout.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? []).map(Number);
  const right = numbers.some((_, at) => LAST_ROW.every((value, offset) => numbers[at + offset] === value));
  if (right) return "right";
  return client.shows.test(stdout) ? "wrong" : "nothing";
}
