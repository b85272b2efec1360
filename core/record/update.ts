import { CertfrontError } from "../base/errors";
import type { TenantRecord } from "./record";
import type { TenantStore } from "./store";

/** A conditional write did not hold: the record has moved on, or somebody else has its lease. Never shown to users. */
export class WriteConflictError extends CertfrontError {
  override name = "WriteConflictError";
  constructor(
    tenant: string,
    /** What is stored instead, where the table said so; else it has to be read. */
    readonly stored?: TenantRecord,
  ) {
    super(`The record of ${tenant} was written by somebody else.`, { code: "WRITE_CONFLICT", tenant });
  }
}

const ATTEMPTS = 8;

/**
 * The one way to change a stored record: `change` is applied to it, and anew to whatever somebody else wrote in between.
 * @param record as it was read last
 * @param change gives undefined where there is nothing to change any more; it may throw where it makes no sense any more
 * @param leaseId of a worker: it writes only while the record carries it
 * @returns the record as written, undefined where nothing was
 * @throws WriteConflictError where the lease is lost, or others are always faster
 */
export async function update(
  store: Pick<TenantStore, "tenant" | "saveTenant">,
  record: TenantRecord,
  change: (latest: TenantRecord) => TenantRecord | undefined,
  leaseId?: string,
): Promise<TenantRecord | undefined> {
  let latest = record;
  for (let attempt = 1; ; attempt++) {
    const changed = change(latest);
    if (!changed) return undefined;
    const next = { ...changed, version: latest.version + 1 };
    try {
      await store.saveTenant(next, leaseId);
      return next;
    } catch (error) {
      if (!(error instanceof WriteConflictError) || attempt === ATTEMPTS) throw error;
      const stored = error.stored ?? (await store.tenant(record.tenant.domain));
      if (!stored || (leaseId !== undefined && stored.lease?.id !== leaseId)) throw error;
      latest = stored;
    }
  }
}
