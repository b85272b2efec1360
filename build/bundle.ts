import * as fs from "node:fs/promises";
import * as path from "node:path";

/**
 * Entry point of each bundle, by the bundle's name. `dist/<name>/<file>.js` is what runs on AWS and here. `mostKb` holds it small:
 * a function loads all of it at each cold start, a front at each start of its agent.
 */
export const BUNDLES = {
  issuer: { entry: "lambdas/issuer/handler.ts", file: "index.js", mostKb: 1_000 },
  "expiry-monitor": { entry: "lambdas/expiry-monitor/handler.ts", file: "index.js", mostKb: 740 },
  agent: { entry: "front/agent/main.ts", file: "agent.js", mostKb: 300 },
} as const;
export type BundleName = keyof typeof BUNDLES;

/**
 * Bundles into `dist/<name>/`, one file each with its source map. Deterministic: the same sources give the same bytes, so
 * that an unchanged function is not deployed again. A file is replaced in one step and only when it differs, so that whoever
 * runs from it meanwhile never sees half of one.
 * @param root the repository's root
 */
export async function bundle(root: string, names = Object.keys(BUNDLES) as BundleName[]): Promise<void> {
  // Only where something is built: the published package has the bundles, and not esbuild.
  const { build } = await import("esbuild");
  await Promise.all(
    names.map(async (name) => {
      const { outputFiles } = await build({
        absWorkingDir: root,
        entryPoints: [BUNDLES[name].entry],
        outfile: path.join("dist", name, BUNDLES[name].file),
        bundle: true,
        platform: "node",
        target: "node20",
        format: "cjs",
        minify: true,
        sourcemap: true,
        sourcesContent: false,
        legalComments: "none",
        logLevel: "error",
        write: false,
      });
      for (const file of outputFiles) await replace(file.path, file.contents);
    }),
  );
}

/**
 * The directory with all bundles: made now in a checkout, from the sources beside this file; as they came in the published package, whose compiled
 * files lie in `dist/lib/`, beside them.
 */
export async function builtBundles(): Promise<string> {
  const root = path.join(__dirname, "..");
  if (!__filename.endsWith(".ts")) return path.dirname(root);
  await bundle(root);
  return path.join(root, "dist");
}

async function replace(file: string, contents: Uint8Array): Promise<void> {
  const present = await fs.readFile(file).catch(() => undefined);
  if (present?.equals(contents)) return;
  await fs.mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await fs.writeFile(draft, contents);
  await fs.rename(draft, file);
}
