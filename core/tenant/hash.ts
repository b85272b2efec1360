import { createHash } from "node:crypto";
import type { Tenant } from "./tenant";

/** Fingerprint of a tenant's configuration: equal for equal configurations, whatever the order of their members. */
export function configHash(tenant: Tenant): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(tenant)))
    .digest("base64url")
    .slice(0, 22);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
