import { parse } from "yaml";
import { between } from "./between";

interface Declaration {
  readonly secret?: boolean;
  readonly default?: unknown;
  readonly description: string;
}

/** The schema has no types, so a key's default says what it holds. */
export function kindOf({ secret, default: otherwise }: Pick<Declaration, "secret" | "default">): string {
  if (secret) return "secret";
  if (Array.isArray(otherwise)) return "list";
  return typeof otherwise === "number" ? "integer" : typeof otherwise;
}

/** The configuration's keys as a Markdown table, from the schema in Pulumi.yaml. */
export function configReference(pulumiYaml: string): string {
  const { config } = parse(pulumiYaml) as { config: Readonly<Record<string, Declaration>> };
  const rows = Object.entries(config).map(
    ([key, declared]) =>
      `| \`${key}\` | ${kindOf(declared)} | \`${JSON.stringify(declared.default)}\` | ${declared.description.trim().replace(/\s+/g, " ")} |`,
  );
  return ["| key | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

const BEGIN = "<!-- configuration: npm run docs -->";
const END = "<!-- end of configuration -->";

/** Puts the table into a page, between its two markers. @throws Error when the page has none */
export function withReference(page: string, table: string): string {
  return between(page, BEGIN, END, table);
}
