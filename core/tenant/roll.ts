import { configHash } from "./hash";
import { someOf } from "./removals";
import { namesOf, type Tenant } from "./tenant";

/** What one list does to another, by domain. */
export interface ListChanges {
  /** Tenants in the list before. */
  readonly before: number;
  readonly after: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Gone from the list by its domain, while all its names go on with others of the list. */
  readonly renamed: readonly string[];
}

/** Enough to tell one configuration of a tenant from the next. */
const HASH_LENGTH = 8;

/** A list of tenants as text that is kept to be compared with: a line of domain, hash of the configuration and aliases for each. */
export function rollOf(tenants: readonly Tenant[]): string {
  const line = (tenant: Tenant) => {
    const [domain, ...aliases] = namesOf(tenant);
    return `${[domain, configHash(tenant).slice(0, HASH_LENGTH), ...aliases].join(" ")}\n`;
  };
  return tenants.map(line).join("");
}

/** What changed from one roll to the next. */
export function compareRolls(before: string, after: string): ListChanges {
  const [old, next] = [entriesOf(before), entriesOf(after)];
  const both = [...next].filter(([domain]) => old.has(domain));
  const gone = [...old].filter(([domain]) => !next.has(domain));
  const kept = new Set([...next.values()].flatMap(({ names }) => names));
  const livesOn = ([, { names }]: [string, Entry]) => names.every((name) => kept.has(name));
  const domains = (entries: readonly [string, Entry][]) => entries.map(([domain]) => domain);
  return {
    before: old.size,
    after: next.size,
    added: [...next.keys()].filter((domain) => !old.has(domain)),
    changed: both.flatMap(([domain, { hash }]) => (old.get(domain)?.hash === hash ? [] : [domain])),
    removed: domains(gone.filter((entry) => !livesOn(entry))),
    renamed: domains(gone.filter(livesOn)),
  };
}

/** `tenants 412 → 409: + shop.lyon.example   ~ www.metz.example   − a.example, b.example   names go on with another: c.example`. */
export function sayChanges({ before, after, added, changed, removed, renamed }: ListChanges): string {
  const groups = { "+": added, "~": changed, "−": removed, "names go on with another:": renamed };
  const parts = Object.entries(groups).flatMap(([sign, domains]) =>
    domains.length === 0 ? [] : [`${sign} ${someOf(domains)}`],
  );
  return `tenants ${before} → ${after}: ${parts.join("   ") || "none changes"}`;
}

interface Entry {
  readonly hash: string;
  /** The domain first; without the aliases in rolls from before they were noted. */
  readonly names: readonly string[];
}

function entriesOf(roll: string): Map<string, Entry> {
  const lines = roll.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [domain = "", hash = "", ...aliases] = line.split(" ");
      return [domain, { hash, names: [domain, ...aliases] }];
    }),
  );
}
