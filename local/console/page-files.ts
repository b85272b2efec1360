import { readFile } from "node:fs/promises";
import * as path from "node:path";

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
  const [html, icon, { script, style }] = await Promise.all([
    readFile(path.join(folder, "index.html")),
    readFile(ICON),
    __filename.endsWith(".ts") ? bundlePage(folder) : bundledPage(folder),
  ]);
  return new Map([
    ["/", { type: "text/html; charset=utf-8", body: html }],
    ["/icon.svg", { type: "image/svg+xml", body: icon }],
    ["/main.js", { type: "text/javascript; charset=utf-8", body: script }],
    ["/style.css", { type: "text/css; charset=utf-8", body: style }],
  ]);
}

interface Bundled {
  readonly script: string;
  readonly style: string;
}

/** A page's script and style, each in one file. */
export async function bundlePage(folder: string): Promise<Bundled> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [path.join(folder, "main.ts"), path.join(folder, "style.css")],
    outdir: folder,
    bundle: true,
    write: false,
    format: "esm",
    target: ["chrome123", "firefox120", "safari17.5"],
    logLevel: "error",
  });
  const bundled = (extension: string) => outputFiles.find((file) => file.path.endsWith(extension))?.text ?? "";
  return { script: bundled(".js"), style: bundled(".css") };
}

/** The published package has both, and not esbuild. */
async function bundledPage(folder: string): Promise<Bundled> {
  const [script, style] = await Promise.all(
    ["main.js", "style.css"].map((name) => readFile(path.join(folder, name), "utf8")),
  );
  return { script: script ?? "", style: style ?? "" };
}
