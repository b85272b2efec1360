import { DAY } from "../base/clock";
import { CertfrontError } from "../base/errors";
import { inParallel } from "../base/in-parallel";
import type { Store, TenantIndexEntry } from "../record/store";
import { configHash } from "../tenant/hash";
import { isAnothers } from "../tenant/ownership";
import { namesOf, type Tenant } from "../tenant/tenant";

/** How long a removed tenant's names are not another's; its record lives as long (store/retention.ts). */
const KEPT = 30 * DAY;
/** Names in a message; all of a hundred thousand would be more than Lambda hands on. */
const SHOWN = 20;
/** Reads at once. */
const WIDTH = 50;

/**
 * A removed tenant's DNS may still lead here, so whoever has the name next gets certificates for it. For 30 days it comes back to the same tenant only: the same
 * domain with the same upstream. Another one needs a word.
 * @param stored what the index holds, by domain
 * @param allowed names that may have another tenant (`allowTakeovers`)
 * @throws CertfrontError naming those that were another's, the first twenty of many
 */
export async function checkTakeovers(
  tenants: readonly Tenant[],
  stored: ReadonlyMap<string, TenantIndexEntry>,
  allowed: readonly string[],
  store: Pick<Store, "tenant">,
): Promise<void> {
  const problems = [
    ...(await takenFromRemoved(tenants, stored, allowed, store)),
    ...(await takenWhileServed(tenants, stored, allowed, store)),
  ];
  if (problems.length === 0) return;
  const shown = problems.slice(0, SHOWN);
  const more = problems.length > SHOWN ? [`  and ${problems.length - SHOWN} more`] : [];
  // Behind those that are allowed already: the first place is theirs.
  const set = shown.map(({ name }, at) => `pulumi config set --path 'allowTakeovers[${allowed.length + at}]' ${name}`);
  throw new CertfrontError(
    [
      `Another tenant had ${problems.length} of the names. Nothing was changed.`,
      ...shown.map(({ line }) => line),
      ...more,
    ].join("\n"),
    {
      code: "NAME_TAKEN",
      advice: `Make sure that the new tenant owns each name: the old one's DNS may lead here still. Then: ${set.join(" && ")} && pulumi up.`,
    },
  );
}

interface Taken {
  readonly name: string;
  /** For people. */
  readonly line: string;
}

async function takenFromRemoved(
  tenants: readonly Tenant[],
  stored: ReadonlyMap<string, TenantIndexEntry>,
  allowed: readonly string[],
  store: Pick<Store, "tenant">,
): Promise<Taken[]> {
  const left = [...stored.values()].filter(({ state }) => state === "removed");
  if (left.length === 0) return [];
  const owners = new Map(left.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));
  const found = await Promise.all(
    tenants.map(async (tenant) => {
      const present = stored.get(tenant.domain);
      const held = present && present.state !== "removed" ? present.names : [];
      const names = namesOf(tenant).filter((name) => !allowed.includes(name) && !held.includes(name));
      const known = names.flatMap((name) => {
        const owner = owners.get(name);
        return owner === undefined ? [] : [{ name, owner }];
      });
      const taken = tenant.owner === undefined ? known : await unproven(known, store);
      const returns = taken.some(({ owner }) => owner.domain === tenant.domain) && (await isSame(tenant, store));
      return taken.filter(({ owner }) => owner.domain !== tenant.domain || !returns).map((one) => ({ ...one, tenant }));
    }),
  );
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return found.flat().map(({ name, owner, tenant }) => ({
    name,
    line: `  ${name}: was ${owner.domain}'s, which was taken out on ${day(owner.since)}; ${tenant.domain} (${tenant.upstream ?? "default upstream"}) may have it from ${day(owner.since + KEPT)} on`,
  }));
}

/** A tenant that is given to another customer while it is served: its certificate and its visitors would be theirs at once, unproven. */
async function takenWhileServed(
  tenants: readonly Tenant[],
  stored: ReadonlyMap<string, TenantIndexEntry>,
  allowed: readonly string[],
  store: Pick<Store, "tenant">,
): Promise<Taken[]> {
  const changed = tenants.filter((tenant) => {
    const entry = stored.get(tenant.domain);
    if (tenant.owner === undefined || entry?.certificate === undefined || entry.state === "removed") return false;
    return entry.configHash !== configHash(tenant) && !allowed.includes(tenant.domain);
  });
  const taken = await inParallel(changed, WIDTH, async (tenant) => {
    const before = (await store.tenant(tenant.domain))?.tenant;
    if (!before || !isAnothers(before, tenant)) return [];
    return [
      {
        name: tenant.domain,
        line: `  ${tenant.domain}: is served for the owner ${before.owner}, not for ${tenant.owner}; take it out first, and the new one proves that it is theirs`,
      },
    ];
  });
  return taken.flat();
}

/** Where both say whose they are, it is the same customer's, or DNS has to show it before anything is served. */
async function unproven<T extends { readonly owner: TenantIndexEntry }>(
  taken: readonly T[],
  store: Pick<Store, "tenant">,
): Promise<T[]> {
  const records = await Promise.all(taken.map(({ owner }) => store.tenant(owner.domain)));
  return taken.filter((_, at) => records[at]?.tenant.owner === undefined);
}

/** The tenant that comes back is the one that left when its sites are where they were. */
async function isSame(tenant: Tenant, store: Pick<Store, "tenant">): Promise<boolean> {
  const record = await store.tenant(tenant.domain);
  return record === undefined || record.tenant.upstream === tenant.upstream;
}
