import * as fs from "node:fs/promises";
import * as path from "node:path";
import { PAGES } from "../haproxy-pages";
import type { FrontPaths } from "../settings";
import { writeAtomic } from "./atomic-file";

/** Writes the pages that HAProxy serves by itself. They name no product and load nothing from elsewhere. */
export async function writePages(paths: FrontPaths): Promise<void> {
  await fs.mkdir(paths.pages, { recursive: true, mode: 0o755 });
  const welcome = page("It works", "This domain is set up and has its certificate. Nothing is published here yet.");
  await writeAtomic(path.join(paths.pages, "welcome.html"), welcome, 0o644);
  const lines = Object.entries(PAGES).flatMap(([key, [title, sentence]]) => [
    `${key}- ${page(title, sentence)}`,
    `${key}-dap Error { code = ${Number.parseInt(key, 10) || 503}; message = "${title}. ${sentence}"; };`,
  ]);
  await writeAtomic(paths.pageMap, `${lines.join("\n")}\n`, 0o644);
}

/** On one line, as it is the value of a map. */
function page(title: string, sentence: string): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${title}</title><style>`,
    "body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; color: #223; background: #fff } ",
    "@media (prefers-color-scheme: dark) { body { color: #dde; background: #14161a } }",
    `</style><h1>${title}</h1><p>${sentence}</p></html>`,
  ].join("");
}
