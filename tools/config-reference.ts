import { parse } from "yaml";

interface Declaration {
  readonly type?: string;
  readonly secret?: boolean;
  readonly default?: unknown;
  readonly description: string;
}

/** Keys that have no type in the schema, because Pulumi checks lists too shallowly for them. */
const UNTYPED: Readonly<Record<string, string>> = { tenants: "list", cas: "list", eab: "secret" };

/** The configuration's keys as a Markdown table, from the schema in Pulumi.yaml. */
export function configReference(pulumiYaml: string): string {
  const { config } = parse(pulumiYaml) as { config: Readonly<Record<string, Declaration>> };
  const rows = Object.entries(config).map(
    ([key, { type, default: otherwise, description }]) =>
      `| \`${key}\` | ${type ?? UNTYPED[key] ?? "any"} | \`${JSON.stringify(otherwise)}\` | ${description.trim().replace(/\s+/g, " ")} |`,
  );
  return ["| key | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

const BEGIN = "<!-- configuration: npm run docs -->";
const END = "<!-- end of configuration -->";

/** Puts the table into a page, between its two markers. @throws Error when the page has none */
export function withReference(page: string, table: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page lacks ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}
