import { ALLOWED } from "../testing/architecture";

const START = "<!-- imports: npm run docs -->";
const END = "<!-- end of imports -->";

/** The table of docs/contracts.md that says which folder may import which. */
export function importRules(): string {
  const rows = Object.entries(ALLOWED).map(([room, rooms]) => {
    const may =
      rooms.length === 0 ? "nothing" : rooms.map((one) => (one === "*" ? "everything" : `\`${one}\``)).join(" ");
    return `| \`${room}\` | ${may} |`;
  });
  return [START, "", "| folder | may import |", "|---|---|", ...rows, "", END].join("\n");
}

/** `page` with the present table in the old one's place. */
export function withImportRules(page: string): string {
  return `${page.slice(0, page.indexOf(START))}${importRules()}${page.slice(page.indexOf(END) + END.length)}`;
}
