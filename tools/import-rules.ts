import { ALLOWED } from "../testing/architecture";
import { between } from "./between";

const START = "<!-- imports: npm run docs -->";
const END = "<!-- end of imports -->";

/** The table of docs/contracts.md that says which folder may import which. */
function importRules(): string {
  const rows = Object.entries(ALLOWED).map(([room, rooms]) => {
    const may =
      rooms.length === 0 ? "nothing" : rooms.map((one) => (one === "*" ? "everything" : `\`${one}\``)).join(" ");
    return `| \`${room}\` | ${may} |`;
  });
  return ["| folder | may import |", "|---|---|", ...rows].join("\n");
}

/** `page` with the present table in the old one's place. @throws Error when the page has none */
export function withImportRules(page: string): string {
  return between(page, START, END, importRules());
}
