import { parseTenants } from "../../core/tenant/config";
import type { Tenant } from "../../core/tenant/tenant";

/** A list of tenants that was found valid. */
export interface TenantList {
  readonly tenants: readonly Tenant[];
  /** The list as `apply` reads it (docs/contracts.md, "Events"): what the user wrote, which `apply` parses with the same code. */
  readonly json: string;
}

/** @throws ConfigError with every problem of every tenant */
export function tenantListOf(raw: readonly unknown[], cas: readonly { readonly name: string }[]): TenantList {
  const caNames = cas.map((ca) => ca.name);
  return {
    tenants: parseTenants(raw, { caNames }),
    json: JSON.stringify({ version: 1, tenants: raw, settings: { caNames } }),
  };
}
