import type { TenantFrontArgs } from "./args";
import { caListOf } from "./ca-list";
import { tenantListOf } from "./tenant-list";

/** What a TenantFront is made of when its program says nothing else. */
export function withDefaults({
  tenants,
  cas: listed = ["letsencrypt"],
  contact = "",
  fronts = { min: 2, max: 4 },
  alarms = {},
  logRetentionDays = 30,
  protect = true,
}: TenantFrontArgs) {
  const cas = caListOf(listed);
  const tenantList = "json" in tenants ? tenants : tenantListOf(tenants, cas);
  return { tenantList, cas, contact, fronts, alarms, logRetentionDays, protect };
}
