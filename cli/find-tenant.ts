import { closest } from "../core/base/closest";
import { CertfrontError } from "../core/base/errors";
import type { TenantRecord } from "../core/record/record";
import type { TenantIndexEntry } from "../core/record/store";
import type { StatusStore } from "./clients";
import { everyTenant } from "./status-list";

/** A tenant as somebody asked for it. */
export interface Found {
  readonly record: TenantRecord;
  /** The name that was asked for, where it is not the tenant's primary domain. */
  readonly alias?: string;
}

/** No tenant has the name; perhaps another was meant. */
export interface NotFound {
  readonly meant?: string;
}

/**
 * The tenant that has `name` as its domain or as an alias. One read where it is the domain; else the whole index, once, which also
 * finds what may have been meant. A removed tenant is found by its domain only: its aliases may be another's by now.
 */
export async function lookForTenant(store: StatusStore, name: string): Promise<Found | NotFound> {
  const record = await store.tenant(name);
  if (record) return { record };
  const names = new Set<string>();
  for await (const entry of everyTenant(store)) {
    if (isAliasOf(entry, name)) {
      const owner = await store.tenant(entry.domain);
      if (owner) return { record: owner, alias: name };
    }
    if (entry.state !== "removed") for (const one of entry.names) names.add(one);
  }
  const meant = closest(name, names);
  return meant === undefined ? {} : { meant };
}

/** @throws CertfrontError (NO_TENANT) that says what was probably meant */
export async function findTenant(store: StatusStore, name: string): Promise<Found> {
  const found = await lookForTenant(store, name);
  if ("record" in found) return found;
  const { meant } = found;
  throw new CertfrontError(`There is no tenant ${name}.${meant ? ` Did you mean ${meant}?` : ""}`, {
    code: "NO_TENANT",
    tenant: name,
    advice:
      "Neither a domain nor an alias in the stack's configuration has this name; `npx certfront status` lists tenants.",
  });
}

function isAliasOf({ names, state }: TenantIndexEntry, name: string): boolean {
  return state !== "removed" && names.includes(name);
}
