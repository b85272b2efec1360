import { gunzipSync, gzipSync } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import { checkRemovals } from "../../core/tenant/removals";
import { compareRolls, rollOf, sayChanges } from "../../core/tenant/roll";
import type { Tenant } from "../../core/tenant/tenant";

/** The stack output that holds which tenants the last deployment had. */
const OUTPUT = "tenantRoll";

/**
 * Says in words, in `preview` and in `up`, which tenants come, go and change since the last deployment; the engine itself shows a changed list as "contents elided".
 * @returns what the output `tenantRoll` is to hold
 * @throws CertfrontError when more tenants go than `allowRemovals`; nothing has been registered then
 */
export async function compareWithLast(
  tenants: readonly Tenant[],
  allowRemovals: number,
): Promise<pulumi.Output<string>> {
  const own = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { value, secretValue } = await new pulumi.StackReference(own).getOutputDetails(OUTPUT);
  const last: unknown = value ?? secretValue;
  const roll = rollOf(tenants);
  if (typeof last === "string") await pulumi.log.info(`certfront: ${judge(unpacked(last), roll, allowRemovals)}`);
  // Secret only so that nobody's screen is filled with it.
  return pulumi.secret(gzipSync(roll).toString("base64"));
}

/**
 * What changes from the last list to this one, in words.
 * @throws CertfrontError when more tenants go than are allowed to
 */
export function judge(before: string, after: string, allowRemovals: number): string {
  const changes = compareRolls(before, after);
  checkRemovals(changes.removed, changes.before, allowRemovals);
  return sayChanges(changes);
}

function unpacked(packed: string): string {
  return gunzipSync(Buffer.from(packed, "base64")).toString();
}
