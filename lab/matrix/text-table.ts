import { SCENARIOS } from "../scenario/scenarios";
import type { Cell } from "./drive";
import type { Matrix } from "./matrix";

/** A cell in a word or two. */
export function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return "not run";
  if (cell.verdict === "exposed") return `exposed: ${cell.exposures.join(", ")}`;
  return cell.verdict;
}

/** One line per cell: what the golden file of the tests holds, so that a change is seen where it is. */
export function cellLines({ rows, absent }: Matrix): string[] {
  return [
    ...rows.flatMap(({ client, cells }) =>
      SCENARIOS.filter(({ name }) => cells[name]).map(({ name }) => `${client} | ${name} | ${cellText(cells[name])}`),
    ),
    ...absent.map(({ client, why }) => `${client} | absent | ${why}`),
  ];
}
