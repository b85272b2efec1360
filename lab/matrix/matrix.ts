import type { Client } from "../client/client";
import type { Scenario } from "../scenario/scenario";
import { type Cell, type DrivenLab, drive } from "./drive";
import { type Installed, install } from "./install";

export interface Row {
  readonly client: string;
  readonly engine: string;
  readonly version: string;
  /** By scenario. */
  readonly cells: Readonly<Record<string, Cell>>;
}

export interface Matrix {
  readonly rows: readonly Row[];
  /** Clients that cannot be had here, each with the reason. */
  readonly absent: readonly { readonly client: string; readonly why: string }[];
}

/** Clients that are sent through at once: they wait for their own start more than for anything else. */
const AT_ONCE = 3;

/**
 * Sends every client through every scenario, each with a run of its own.
 * @param onCell told of each cell as it is filled
 */
export async function fillMatrix(
  clients: readonly Client[],
  scenarios: readonly Scenario[],
  lab: DrivenLab,
  onCell: (cell: Cell) => void = () => {},
): Promise<Matrix> {
  const rows: Row[] = [];
  const absent: { client: string; why: string }[] = [];
  for (const client of clients) {
    const installed = install(client);
    if ("unavailable" in installed) absent.push({ client: client.name, why: installed.unavailable });
    else rows.push(await fillRow(client, installed, scenarios, lab, onCell));
  }
  return { rows, absent };
}

async function fillRow(
  client: Client,
  installed: Installed,
  scenarios: readonly Scenario[],
  lab: DrivenLab,
  onCell: (cell: Cell) => void,
): Promise<Row> {
  const cells: Record<string, Cell> = {};
  const waiting = [...scenarios];
  const next = async (): Promise<void> => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) {
      const cell = await drive(client, installed, scenario, lab);
      cells[scenario.name] = cell;
      onCell(cell);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return { client: client.name, engine: client.engine, version: installed.version, cells };
}
