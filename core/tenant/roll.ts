import { configHash } from "./hash";
import { someOf } from "./removals";
import type { Tenant } from "./tenant";

/** What one list does to another, by domain. */
export interface ListChanges {
  /** Tenants in the list before. */
  readonly before: number;
  readonly after: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Enough to tell one configuration of a tenant from the next. */
const HASH_LENGTH = 8;

/** A list of tenants as text that is kept to be compared with: a line of domain and hash of the configuration for each. */
export function rollOf(tenants: readonly Tenant[]): string {
  return tenants.map((tenant) => `${tenant.domain} ${configHash(tenant).slice(0, HASH_LENGTH)}\n`).join("");
}

/** What changed from one roll to the next. */
export function compareRolls(before: string, after: string): ListChanges {
  const [old, next] = [entriesOf(before), entriesOf(after)];
  const both = [...next].filter(([domain]) => old.has(domain));
  return {
    before: old.size,
    after: next.size,
    added: [...next.keys()].filter((domain) => !old.has(domain)),
    changed: both.flatMap(([domain, hash]) => (old.get(domain) === hash ? [] : [domain])),
    removed: [...old.keys()].filter((domain) => !next.has(domain)),
  };
}

/** `tenants 412 → 409: + shop.lyon.example   ~ www.metz.example   − a.example, b.example`. */
export function sayChanges({ before, after, added, changed, removed }: ListChanges): string {
  const parts = Object.entries({ "+": added, "~": changed, "−": removed }).flatMap(([sign, domains]) =>
    domains.length === 0 ? [] : [`${sign} ${someOf(domains)}`],
  );
  return `tenants ${before} → ${after}: ${parts.join("   ") || "none changes"}`;
}

function entriesOf(roll: string): Map<string, string> {
  const lines = roll.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [domain = "", hash = ""] = line.split(" ");
      return [domain, hash];
    }),
  );
}
