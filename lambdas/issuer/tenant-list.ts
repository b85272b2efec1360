import { CertfrontError } from "../../core/base/errors";
import { parseTenants, type TenantContext } from "../../core/tenant/config";
import { isObject } from "../../core/tenant/problems";
import type { Tenant } from "../../core/tenant/tenant";
import { readObject } from "../../wire/aws/services";

/**
 * Reads the tenant list that the Pulumi program put into the artifacts bucket, and validates all of it.
 * @throws ConfigError with every problem of every tenant
 */
export async function readTenantList(bucket: string, key: string, context: TenantContext): Promise<Tenant[]> {
  const list: unknown = JSON.parse((await readObject(bucket, key)).toString());
  if (!isObject(list) || list.version !== 1) {
    throw new CertfrontError(`s3://${bucket}/${key} is not a tenant list of version 1.`, {
      code: "TENANT_LIST_INVALID",
      advice: "Program and issuer are of different versions: run pulumi up again.",
    });
  }
  return parseTenants(list.tenants, context);
}
