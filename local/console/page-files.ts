import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { build } from "esbuild";

export interface PageFile {
  readonly type: string;
  readonly body: Buffer | string;
}

const PAGE = path.join(__dirname, "page");

/** The console's page by path: HTML as it is, the TypeScript and the CSS in `page/` bundled into one file each. */
export async function loadPage(): Promise<ReadonlyMap<string, PageFile>> {
  const [html, icon, bundle] = await Promise.all([
    readFile(path.join(PAGE, "index.html")),
    readFile(path.join(PAGE, "icon.svg")),
    build({
      entryPoints: [path.join(PAGE, "main.ts"), path.join(PAGE, "style.css")],
      outdir: PAGE,
      bundle: true,
      write: false,
      format: "esm",
      target: ["chrome123", "firefox120", "safari17.5"],
      logLevel: "error",
    }),
  ]);
  const bundled = (extension: string) => bundle.outputFiles.find((file) => file.path.endsWith(extension))?.text ?? "";
  return new Map([
    ["/", { type: "text/html; charset=utf-8", body: html }],
    ["/icon.svg", { type: "image/svg+xml", body: icon }],
    ["/main.js", { type: "text/javascript; charset=utf-8", body: bundled(".js") }],
    ["/style.css", { type: "text/css; charset=utf-8", body: bundled(".css") }],
  ]);
}
