import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as provider from "@pulumi/pulumi/provider";
import { ConfigError } from "../core/base/errors";
import type { TenantFrontArgs } from "./args";
import { outputsOf, TenantFront } from "./tenant-front";

/**
 * Serves the component to programs in other languages: the engine starts it and speaks Pulumi's provider protocol. Its schema is a file that `npm run docs`
 * makes with the SDK's own analyzer, so that no compiler is needed where it runs (the SDK's `componentProviderHost` analyses the source at each start).
 */
const SCHEMA = readFileSync(path.join(__dirname, "schema.json"), "utf8");
const { version } = JSON.parse(SCHEMA) as { version: string };

const host: provider.Provider = {
  version,
  getSchema: async () => SCHEMA,
  construct: async (name, type, inputs, options) => {
    if (type !== "certfront:index:TenantFront") throw new Error(`certfront has no ${type}`);
    try {
      // The engine has checked the inputs' types against the schema, the component checks the rest.
      const front = new TenantFront(name, inputs as unknown as TenantFrontArgs, options);
      return { urn: front.urn, state: outputsOf(front) };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const errors = error.problems.map(({ path: propertyPath, message: reason }) => ({ propertyPath, reason }));
      throw new pulumi.InputPropertiesError({ message: "", errors });
    }
  },
};

void provider.main(host, process.argv.slice(2));
