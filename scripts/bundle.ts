import * as path from "node:path";
import { build } from "esbuild";

/** Entry point of each bundle, by the bundle's name. `dist/<name>/<file>.js` is what runs on AWS and here. */
export const BUNDLES = {
  issuer: { entry: "lambdas/issuer/handler.ts", file: "index.js" },
  "challenge-responder": { entry: "lambdas/challenge-responder/handler.ts", file: "index.js" },
  "expiry-monitor": { entry: "lambdas/expiry-monitor/handler.ts", file: "index.js" },
  agent: { entry: "front/agent/main.ts", file: "agent.js" },
} as const;
export type BundleName = keyof typeof BUNDLES;

/**
 * Bundles into `dist/<name>/`, one file each with its source map. Deterministic: the same sources give the same bytes, so
 * that an unchanged function is not deployed again.
 * @param root the repository's root
 */
export async function bundle(root: string, names = Object.keys(BUNDLES) as BundleName[]): Promise<void> {
  await Promise.all(
    names.map((name) =>
      build({
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
      }),
    ),
  );
}
