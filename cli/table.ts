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

/** `label   value` lines under one another; a value may have several lines. */
export function factLines(facts: readonly (readonly [label: string, value: string | readonly string[]])[]): string[] {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  return facts.flatMap(([label, value]) =>
    (typeof value === "string" ? [value] : value).map(
      (line, index) => `  ${(index === 0 ? label : "").padEnd(width)}  ${line}`,
    ),
  );
}
