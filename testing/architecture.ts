import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

/** Rooms whose folders are rooms of their own; in every other top folder the folder is the room. */
const BY_TOPIC = ["core", "front", "infra", "lab", "lambdas", "local", "wire"];

/** What each room may import beside itself. `*` stands for every room below. Whoever needs more adds it here, with a reason. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "core/base": [],
  "core/tenant": ["core/base"],
  "core/record": ["core/base", "core/tenant"],
  "core/seal": ["core/base"],
  "core/certificate": ["core/base", "core/record", "core/seal", "core/tenant"],
  "core/ca": ["core/base", "core/record", "core/tenant"],
  "core/renewal": ["core/base", "core/ca", "core/record"],
  "core/preflight": ["core/base", "core/ca", "core/record", "core/tenant"],
  "core/status": ["core/base", "core/record", "core/renewal", "core/tenant"],
  "core/handover": ["core/base", "core/preflight", "core/record", "core/status", "core/tenant"],
  "core/issue": [
    "core/base",
    "core/ca",
    "core/certificate",
    "core/preflight",
    "core/record",
    "core/renewal",
    "core/seal",
    "core/tenant",
  ],

  wire: ["core/base", "core/preflight"],
  "wire/aws": ["core/base", "wire"],
  "wire/dns": ["core/preflight", "core/tenant"],
  store: ["core/*", "wire/*"],
  acme: ["core/*", "wire/*"],

  front: ["core/*"],
  "front/agent": ["core/*", "front", "store", "wire/*"],
  "lambdas/shared": ["core/*"],
  "lambdas/issuer": ["core/*", "wire/*", "store", "acme", "lambdas/shared"],
  // It watches the others, so it shares constants with them and nothing that decides but CAA: test/monitor/handler.test.ts.
  "lambdas/expiry-monitor": ["core/base", "core/preflight", "core/record", "wire/dns"],

  "lab/dap": [],
  "lab/scenario": [],
  "lab/server": ["core/base", "lab/dap", "lab/scenario"],
  "lab/client": [],
  "lab/live": ["core/base", "lab/client", "lab/dap", "lab/scenario", "lab/server", "local/console"],
  "lab/matrix": ["core/base", "lab/*", "local/process", "local/progress", "local/aws", "local/run"],

  build: [],
  "infra/account": [],
  "infra/naming": ["core/base"],
  "infra/network": ["core/tenant", "infra/naming"],
  "infra/alarms": ["core/base", "core/record", "infra/naming", "store"],
  "infra/access": ["infra/data", "infra/naming"],
  "infra/data": ["build", "core/ca", "infra/naming", "store"],
  "infra/functions": ["build", "core/ca", "infra/data", "infra/naming", "infra/network"],
  "infra/fronts": ["front", "infra/account", "infra/data", "infra/functions", "infra/naming", "infra/network"],
  "infra/config": [
    "core/base",
    "core/handover",
    "core/tenant",
    "infra/account",
    "infra/alarms",
    "infra/data",
    "infra/fronts",
    "infra/naming",
    "infra/network",
  ],
  infra: ["build", "core/ca", "core/tenant", "infra/*"],

  // For programs in other languages.
  component: ["core/base", "core/tenant", "infra", "infra/config"],

  "local/process": ["core/base", "core/certificate", "core/preflight", "store", "wire/aws"],
  "local/aws": ["core/base", "front", "local/process", "store"],
  "local/fronts": ["core/base", "front", "local/aws", "local/process"],
  "local/progress": ["core/base", "core/record", "core/tenant", "local/aws", "local/fronts", "wire"],
  "local/console": ["core/*", "local/aws"],
  "local/engine": ["core/base", "local/aws", "local/fronts", "local/process", "local/progress", "store"],
  "local/run": ["core/*", "store", "wire/dns", "local/*", "lab/client", "lab/live", "lab/server"],

  // The doctor asks whether somebody may make what infra makes.
  // The page that it serves of a stack on AWS is the local stack's.
  cli: [
    "core/*",
    "infra/account",
    "store",
    "wire/*",
    "lab/client",
    "lab/live",
    "lab/server",
    "local/aws",
    "local/console",
  ],

  testing: ["*"],
  // What is published is built there, the console's pages among it.
  tools: ["build", "cli", "core/*", "infra/*", "lambdas/*", "local/console", "testing"],
  bench: ["*"],
  // What other people's programs say of certfront: only tests use it.
  proof: ["*"],
};

/** Packages that core may use: what it knows is certfront's, not a cloud's and not a wire's. */
export const CORE_PACKAGES = ["node:crypto", "node:net", "node:url", "node:util", "tldts"];

export interface Import {
  readonly from: string;
  /** A file of the repository, or a package's name. */
  readonly to: string;
}

/** Every import of every TypeScript file outside test/, type-only ones included, as paths from `root`. */
export function importsOf(root: string): { readonly files: readonly string[]; readonly imports: readonly Import[] } {
  const folders = [...new Set(Object.keys(ALLOWED).map((room) => room.split("/")[0] ?? room))];
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.posix.join(folder, file)),
  );
  const known = new Set(files);
  const imports = files.flatMap((from) =>
    specifiersOf(readFileSync(path.join(root, from), "utf8")).map((specifier) => ({
      from,
      to: specifier.startsWith(".") ? fileOf(path.join(path.dirname(from), specifier), known) : packageOf(specifier),
    })),
  );
  return { files, imports };
}

/** `core/issue/order/place.ts` is in `core/issue`, `store/keys.ts` in `store`. */
export function roomOf(file: string): string {
  const [top = "", second = "", ...more] = file.split("/");
  return BY_TOPIC.includes(top) && more.length > 0 ? `${top}/${second}` : top;
}

export function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const allowed = ALLOWED[from] ?? [];
  return allowed.some(
    (one) => one === to || one === "*" || (one.endsWith("/*") && `${to}/`.startsWith(one.slice(0, -1))),
  );
}

/** Files that import each other in a circle, each group once. */
export function circles(files: readonly string[], imports: readonly Import[]): string[][] {
  const next = new Map(files.map((file) => [file, [] as string[]]));
  for (const { from, to } of imports) if (next.has(to)) next.get(from)?.push(to);
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (file: string, way: string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) {
      found.push([...way.slice(start), file]);
      return;
    }
    if (done.has(file)) return;
    for (const target of next.get(file) ?? []) walk(target, [...way, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  return found;
}

function specifiersOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*\(?["']([^"'\n]+)["']/g)].map(
    ([, specifier = ""]) => specifier,
  );
}

function fileOf(target: string, known: ReadonlySet<string>): string {
  return [`${target}.ts`, `${target}.d.ts`, `${target}/index.ts`].find((file) => known.has(file)) ?? target;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
