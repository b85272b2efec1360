import { CertfrontError } from "../base/errors";
import { TENANT_STATES, type TenantRecord } from "./record";

/** What lies in the table under a tenant's key is no record of one. */
export class DamagedRecordError extends CertfrontError {
  override name = "DamagedRecordError";
  constructor(tenant: string) {
    super(`The record of ${tenant} in the table is damaged, or another version's.`, {
      code: "RECORD_DAMAGED",
      tenant,
      advice: "What is served stays served. `certfront restore` puts it back from a backup.",
    });
  }
}

/** Whether it has what everything else of a record hangs on. */
export function isRecord(value: Partial<TenantRecord>): value is TenantRecord {
  const { tenant, state, version, revision } = value;
  return (
    typeof tenant?.domain === "string" &&
    Array.isArray(tenant.aliases) &&
    TENANT_STATES.some((one) => one === state) &&
    Number.isInteger(version) &&
    Number.isFinite(revision)
  );
}
