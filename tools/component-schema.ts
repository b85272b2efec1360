import { readFileSync } from "node:fs";
import * as path from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";

/** The component's schema, as Pulumi's SDK reads it from the class and its arguments; a JSON text. */
export function componentSchema(root: string): string {
  const { name, version, description } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as Record<
    "name" | "version" | "description",
    string
  >;
  const main = { name, main: "tenant-front.ts" };
  const analyzer = new Analyzer(path.join(root, "component"), name, main, new Set(["TenantFront"]));
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  const schema = generateSchema(name, version, description, components, typeDefinitions, dependencies);
  return `${JSON.stringify(schema, null, 2)}\n`;
}
