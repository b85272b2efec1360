import type { Tenant } from "../core/tenant";
import { parseTenants } from "../core/tenant-config";

export interface TenantList {
  readonly tenants: readonly Tenant[];
  /** The list as `apply` reads it (docs/contracts.md, "Events"): what the user wrote, which `apply` parses with the same code. */
  readonly json: string;
}

/** @throws ConfigError with every problem of every tenant */
export function tenantListOf(raw: readonly unknown[], caNames: readonly string[]): TenantList {
  return {
    tenants: parseTenants(raw, { caNames }),
    json: JSON.stringify({ version: 1, tenants: raw, settings: { caNames } }),
  };
}
