import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { CertfrontError } from "../../core/base/errors";

/** A stack's configuration in the form that the Pulumi program is given it. */
export interface StackConfig {
  readonly project: string;
  readonly stack: string;
  /** The stack's file, watched for edits. */
  readonly file: string;
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** Keys whose values are encrypted for a real stack: they cannot be read here and are left out. */
  readonly unreadable: readonly string[];
}

interface ConfigDeclaration {
  readonly default?: unknown;
  readonly value?: unknown;
  readonly secret?: boolean;
}

interface ProjectFile {
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Reads `Pulumi.yaml` (names and defaults) and `Pulumi.<stack>.yaml`, as the Pulumi CLI does.
 * @throws CertfrontError when one of them is missing or is not YAML
 */
export function readStackConfig(root: string, stack: string, stackDirectory = root): StackConfig {
  const project = readYaml(path.join(root, "Pulumi.yaml")) as ProjectFile;
  const file = path.join(stackDirectory, `Pulumi.${stack}.yaml`);
  const own = (readYaml(file) as { config?: Record<string, unknown> }).config ?? {};
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  const unreadable: string[] = [];
  for (const [key, declared] of Object.entries(project.config ?? {})) {
    const declaration: ConfigDeclaration = isObject(declared) ? declared : { default: declared };
    const otherwise = declaration.value ?? declaration.default;
    if (otherwise !== undefined) values[qualified(project.name, key)] = text(otherwise);
    if (declaration.secret) secretKeys.push(qualified(project.name, key));
  }
  for (const [key, value] of Object.entries(own)) {
    const name = qualified(project.name, key);
    if (isObject(value) && "secure" in value) unreadable.push(name);
    else values[name] = text(value);
  }
  return { project: project.name, stack, file, values, secretKeys, unreadable };
}

function readYaml(file: string): unknown {
  let source: string;
  try {
    source = fs.readFileSync(file, "utf8");
  } catch (cause) {
    throw new CertfrontError(`${path.basename(file)} cannot be read.`, {
      code: "CONFIG_INVALID",
      advice: "Give --stack the name of a stack whose Pulumi.<name>.yaml lies in the repository's root.",
      cause,
    });
  }
  try {
    return parse(source) ?? {};
  } catch (cause) {
    throw new CertfrontError(`${path.basename(file)} is not valid YAML: ${String(cause)}`, {
      code: "CONFIG_INVALID",
      advice: "Correct the file; what runs goes on with the last good configuration.",
      cause,
    });
  }
}

function qualified(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
