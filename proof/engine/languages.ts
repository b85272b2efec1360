import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Available } from "../../testing/left-out";
import { ROOT } from "../tools/cached";
import { engine } from "../tools/engine";
import { goProgram } from "../tools/go";
import { pythonTools } from "../tools/python";

/** What a program in another language needs beside the engine. */
interface Language {
  /** Folders with the engine, the language's host and its interpreter. */
  readonly folders: readonly string[];
  /** Lays a program and what it imports into an empty folder; returns what its commands need of the environment. */
  lay(folder: string, program: string): NodeJS.ProcessEnv;
}

export function yamlPrograms(): Available<Language> {
  const [pulumi, host] = [engine(), goProgram("pulumi-language-yaml")];
  if ("unavailable" in pulumi) return pulumi;
  if ("unavailable" in host) return host;
  return {
    folders: [...pulumi.folders, path.dirname(host.program)],
    lay: (folder, program) => {
      fs.writeFileSync(path.join(folder, "Pulumi.yaml"), program);
      return {};
    },
  };
}

/** With the package that the engine's generator makes of the component's schema, as `pulumi package add` would, installed by pip. */
export function pythonPrograms(): Available<Language> {
  const [pulumi, host, sdk, python] = [
    engine(),
    goProgram("pulumi-language-python"),
    goProgram("python-sdk"),
    pythonTools(),
  ];
  for (const part of [pulumi, host, sdk, python]) if ("unavailable" in part) return part;
  if (!("folders" in pulumi && "program" in host && "program" in sdk && "bin" in python))
    throw new Error("unreachable");
  return {
    folders: [...pulumi.folders, path.dirname(host.program), python.bin],
    lay: (folder, program) => {
      fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\nruntime: python\n");
      fs.writeFileSync(path.join(folder, "__main__.py"), program);
      const [source, installed] = [path.join(folder, "sdk"), path.join(folder, "installed")];
      execFileSync(sdk.program, [path.join(ROOT, "component", "schema.json"), source]);
      const pip = ["-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"];
      execFileSync(path.join(python.bin, "python"), [...pip, "--target", installed, source], { stdio: "pipe" });
      return { PYTHONPATH: installed };
    },
  };
}
