import { wrap } from "../core/base/wrap";

/** Words are not broken into less than this, however narrow the terminal. */
const LEAST_ROOM = 20;

/** A cell: text, and optionally how it is painted after padding, so that escape codes never count as width. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Left-aligned columns, two spaces apart; the last column is not padded. */
export function tableLines(header: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const cells = [header.map((text): Cell => ({ text })), ...rows];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.text.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const padded = column === row.length - 1 ? cell.text : cell.text.padEnd(widths[column] ?? 0);
        return cell.paint ? cell.paint(padded) : padded;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** `label   value` lines under one another; a value may have several lines, and is broken between words at `width` characters. */
export function factLines(
  facts: readonly (readonly [label: string, value: string | readonly string[]])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const labels = Math.max(0, ...facts.map(([label]) => label.length));
  const room = Math.max(LEAST_ROOM, width - labels - 4);
  return facts.flatMap(([label, value]) =>
    (typeof value === "string" ? [value] : value)
      .flatMap((line) => wrap(line, room))
      .map((line, index) => `  ${(index === 0 ? label : "").padEnd(labels)}  ${line}`.trimEnd()),
  );
}
