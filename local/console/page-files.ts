import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { build } from "esbuild";

export interface PageFile {
  readonly type: string;
  readonly body: Buffer | string;
}

const ICON = path.join(__dirname, "page", "icon.svg");

/**
 * A page by path: `index.html` as it is, `main.ts` and `style.css` bundled into one file each.
 * @param folder that holds the three
 */
export async function loadPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const [html, icon, bundle] = await Promise.all([
    readFile(path.join(folder, "index.html")),
    readFile(ICON),
    build({
      entryPoints: [path.join(folder, "main.ts"), path.join(folder, "style.css")],
      outdir: folder,
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
