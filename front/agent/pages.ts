import * as fs from "node:fs/promises";
import * as path from "node:path";
import { PAGES } from "../haproxy-pages";
import { type FrontSettings, frontPaths } from "../settings";
import { writeAtomic } from "./atomic-file";

/** Writes the pages that HAProxy serves by itself. They name no product and load nothing from elsewhere. */
export async function writePages(settings: Pick<FrontSettings, "directory" | "operator">): Promise<void> {
  const paths = frontPaths(settings);
  await fs.mkdir(paths.pages, { recursive: true, mode: 0o755 });
  const welcome = page("It works", "This domain is set up and has its certificate. Nothing is published here yet.");
  await writeAtomic(path.join(paths.pages, "welcome.html"), welcome, 0o644);
  const lines = Object.entries(PAGES).flatMap(([key, [title, sentence]]) => [
    `${key}- ${page(title, sentence, key.startsWith("waiting") ? whoKnows(settings.operator) : "")}`,
    `${key}-dap Error { code = ${Number.parseInt(key, 10) || 503}; message = "${title}. ${sentence}"; };`,
  ]);
  await writeAtomic(paths.pageMap, `${lines.join("\n")}\n`, 0o644);
}

/** Where the domain's owner finds out more. The texts are the operator's, and text they stay. */
function whoKnows(operator: FrontSettings["operator"]): string {
  const { name = "", support = "" } = operator ?? {};
  if (name === "" && support === "") return " whoever provides this site to you knows more.";
  const href = support.startsWith("https://") ? support : `mailto:${support}`;
  const link = support === "" ? "" : `<a href="${escaped(href)}">${escaped(support)}</a>`;
  const who = [escaped(name), link].filter((part) => part !== "").join(", ");
  return ` please ask ${who}.`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"'\p{C}]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** On one line, as it is the value of a map. @param more HTML after the sentence */
function page(title: string, sentence: string, more = ""): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${title}</title><style>`,
    "body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; color: #223; background: #fff } ",
    "@media (prefers-color-scheme: dark) { body { color: #dde; background: #14161a } a { color: #9bf } }",
    `</style><h1>${title}</h1><p>${sentence}${more}</p></html>`,
  ].join("");
}
