import { createHash } from "node:crypto";
import { CertfrontError } from "../../core/base/errors";
import { parseTenants, type TenantContext } from "../../core/tenant/config";
import { isObject } from "../../core/tenant/problems";
import type { Tenant } from "../../core/tenant/tenant";
import { readObject } from "../../wire/aws/services";

/**
 * Reads the tenant list that the Pulumi program put into the artifacts bucket, and validates all of it.
 * @param sha256 of the list, lower-case hex, from the event: the bucket is not trusted
 * @throws ConfigError with every problem of every tenant
 */
export async function readTenantList(
  { bucket, key, sha256 }: { readonly bucket: string; readonly key: string; readonly sha256: string },
  context: TenantContext,
): Promise<Tenant[]> {
  const content = await readObject(bucket, key);
  if (createHash("sha256").update(content).digest("hex") !== sha256) {
    throw new CertfrontError(`s3://${bucket}/${key} is not the tenant list that was deployed.`, {
      code: "TENANT_LIST_CHANGED",
      advice: "Nothing was changed. Find out who writes to the bucket, then run pulumi up again.",
    });
  }
  const list: unknown = JSON.parse(content.toString());
  if (!isObject(list) || list.version !== 1) {
    throw new CertfrontError(`s3://${bucket}/${key} is not a tenant list of version 1.`, {
      code: "TENANT_LIST_INVALID",
      advice: "Program and issuer are of different versions: run pulumi up again.",
    });
  }
  return parseTenants(list.tenants, context);
}
