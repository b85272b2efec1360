import { parseTenants } from "../../core/tenant/config";
import type { Tenant } from "../../core/tenant/tenant";
import { onThisMachine } from "../../core/tenant/upstream";

/** A list of tenants that was found valid. */
export interface TenantList {
  readonly tenants: readonly Tenant[];
  /** The list as `apply` reads it (docs/contracts.md, "Events"): what the user wrote, which `apply` parses with the same code. */
  readonly json: string;
}

/** @throws ConfigError with every problem of every tenant */
export function tenantListOf(
  raw: readonly unknown[],
  cas: readonly { readonly name: string; readonly directory?: string }[],
): TenantList {
  const context = { caNames: cas.map((ca) => ca.name), oneMachine: onThisMachine(cas.map((ca) => ca.directory)) };
  return {
    tenants: parseTenants(raw, context),
    json: JSON.stringify({ version: 1, tenants: raw, settings: context }),
  };
}
