import { LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { slug } from "../core/base/slug";
import { AwsClient, AwsError } from "../wire/aws/client";
import { parameterValue, SSM } from "../wire/aws/services";

export const outputsSchema = z.object({
  stack: z.string(),
  region: z.string(),
  table: z.string(),
  issuer: z.string(),
  addresses: z.array(z.string()),
  cnameTarget: z.string(),
  accountKey: z.number().optional(),
  accountThumbprint: z.string(),
  operator: z.object({ name: z.string(), support: z.string() }).optional(),
  cas: z.array(
    z.object({
      name: z.string(),
      directory: z.string(),
      caaIdentities: z.array(z.string()),
      profile: z.string().optional(),
    }),
  ),
  /** CloudWatch's dashboard, by name. */
  dashboard: z.string().optional(),
  /** ARN of the role that reads, and reads no key. */
  consoleRole: z.string().optional(),
});

/** What the Pulumi program exports, and keeps in one parameter (docs/contracts.md). */
export type StackOutputs = z.infer<typeof outputsSchema>;

/** What the stack's parameter says, or a sentence why there is none. */
export type Stored =
  | { readonly found: unknown; readonly parameter: string; readonly region: string }
  | { readonly problem: string };

/**
 * Asks AWS for a stack by name, with whatever credentials there are: as `<project>-<name>`, and in the project as it comes.
 * @param stack also as Pulumi writes it: `organization/project/name`
 */
export async function storedOutputs(stack: string, region: string | undefined): Promise<Stored> {
  const sdk = new LambdaClient(region === undefined ? {} : { region }).config;
  const where = region ?? (await sdk.region().catch(() => undefined));
  if (where === undefined) return { problem: "AWS was not asked, for no region is named (--region or AWS_REGION)." };
  const ssm = new AwsClient(SSM, { region: where, credentials: sdk.credentials, attempts: 2 });
  const names = candidates(stack).map((name) => `/certfront/${name}/outputs`);
  for (const parameter of names) {
    try {
      return { found: JSON.parse(await parameterValue(ssm, parameter)), parameter, region: where };
    } catch (error) {
      if (error instanceof AwsError && error.type === "ParameterNotFound") continue;
      return { problem: `${parameter} in ${where} could not be read: ${(error as Error).message}.` };
    }
  }
  return { problem: `In ${where} there is no parameter ${names.join(" or ")}.` };
}

function candidates(stack: string): string[] {
  const parts = stack.split("/");
  // As the program makes its names (infra/naming/names.ts).
  const name = slug(parts.slice(-2).join("-"));
  return parts.length === 1 ? [name, `certfront-${name}`] : [name];
}
