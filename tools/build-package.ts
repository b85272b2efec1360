import * as fs from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { bundle } from "../build/bundle";
import { bundlePage } from "../local/console/page-files";

/**
 * Compiles what is published, for `npm pack` (`prepack`): the files that the entries below reach, each into one CommonJS file of the same name under
 * `dist/lib/`, with declarations for the library; beside them what those files read, and in `dist/` the bundles that run on AWS.
 */
const ROOT = path.join(__dirname, "..");
const LIB = path.join(ROOT, "dist", "lib");
const ENTRIES = ["index.ts", "infra/library.ts", "cli/main.ts", "component/main.ts"];
/** Entries that other people's programs import, and so need types. */
const TYPED = ["index.ts", "infra/library.ts"];
/** What is read at run time. */
const READ = ["front/units", "component/schema.json"];
const PAGES = ["local/console/page", "lab/live/page"];

async function main(): Promise<void> {
  fs.rmSync(LIB, { recursive: true, force: true });
  await Promise.all([bundle(ROOT), compile(), ...PAGES.map(copyPage)]);
  declare();
  for (const folder of READ) fs.cpSync(path.join(ROOT, folder), path.join(LIB, folder), { recursive: true });
  const { name, version, repository } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  write("package.json", JSON.stringify({ name, version, repository }));
}

/** File by file, so that a stack trace names what one finds in the repository. */
async function compile(): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: LIB,
    bundle: true,
    packages: "external",
    platform: "node",
    write: false,
    metafile: true,
  });
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.keys(metafile.inputs).filter((file) => file.endsWith(".ts")),
    outbase: ".",
    outdir: LIB,
    format: "cjs",
    platform: "node",
    target: "node20",
    // Node's own import() of a file wants its extension.
    supported: { "dynamic-import": false },
  });
}

/** From the entries on, whatever their declarations import; @throws Error where a type is not written down but follows from code */
function declare(): void {
  const pending = [...TYPED];
  const done = new Set<string>();
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (done.has(file)) continue;
    done.add(file);
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(fs.readFileSync(path.join(ROOT, file), "utf8"), {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS },
    });
    if (diagnostics.length > 0) throw new Error(`${file}: ${diagnostics.map(said).join("; ")}`);
    write(file.replace(/\.ts$/, ".d.ts"), outputText);
    const { importedFiles } = ts.preProcessFile(outputText);
    for (const { fileName } of importedFiles.filter((one) => one.fileName.startsWith("."))) {
      pending.push(`${path.posix.join(path.posix.dirname(file), fileName)}.ts`);
    }
  }
}

const said = ({ messageText }: ts.Diagnostic): string => ts.flattenDiagnosticMessageText(messageText, " ");

async function copyPage(folder: string): Promise<void> {
  const source = path.join(ROOT, folder);
  const { script, style } = await bundlePage(source);
  for (const name of ["index.html", "icon.svg"].filter((file) => fs.existsSync(path.join(source, file)))) {
    write(path.join(folder, name), fs.readFileSync(path.join(source, name), "utf8"));
  }
  write(path.join(folder, "main.js"), script);
  write(path.join(folder, "style.css"), style);
}

function write(file: string, text: string): void {
  const target = path.join(LIB, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, text);
}

void main();
