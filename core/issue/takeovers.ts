import { DAY } from "../base/clock";
import { CertfrontError } from "../base/errors";
import type { Store, TenantIndexEntry } from "../record/store";
import { namesOf, type Tenant } from "../tenant/tenant";

/** How long a removed tenant's names are not another's; its record lives as long (store/retention.ts). */
const KEPT = 30 * DAY;

/**
 * A removed tenant's DNS may still lead here, so whoever has the name next gets certificates for it. For 30 days it comes back to the same tenant only: the same
 * domain with the same upstream. Another one needs a word.
 * @param stored what the index holds, by domain
 * @param allowed names that may have another tenant (`allowTakeovers`)
 * @throws CertfrontError listing every name that was another's
 */
export async function checkTakeovers(
  tenants: readonly Tenant[],
  stored: ReadonlyMap<string, TenantIndexEntry>,
  allowed: readonly string[],
  store: Pick<Store, "tenant">,
): Promise<void> {
  const left = [...stored.values()].filter(({ state }) => state === "removed");
  if (left.length === 0) return;
  const owners = new Map(left.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));
  const found = await Promise.all(
    tenants.map(async (tenant) => {
      const present = stored.get(tenant.domain);
      const held = present && present.state !== "removed" ? present.names : [];
      const names = namesOf(tenant).filter((name) => !allowed.includes(name) && !held.includes(name));
      const taken = names.flatMap((name) => {
        const owner = owners.get(name);
        return owner === undefined ? [] : [{ name, owner }];
      });
      const returns = taken.some(({ owner }) => owner.domain === tenant.domain) && (await isSame(tenant, store));
      return taken.filter(({ owner }) => owner.domain !== tenant.domain || !returns).map((one) => ({ ...one, tenant }));
    }),
  );
  const problems = found.flat();
  if (problems.length === 0) return;
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const lines = problems.map(
    ({ name, owner, tenant }) =>
      `  ${name}: was ${owner.domain}'s, which was taken out on ${day(owner.since)}; ${tenant.domain} (${tenant.upstream ?? "default upstream"}) may have it from ${day(owner.since + KEPT)} on`,
  );
  throw new CertfrontError(
    `Another tenant had ${problems.length} of the names. Nothing was changed.\n${lines.join("\n")}`,
    {
      code: "NAME_TAKEN",
      advice: `Make sure that the new tenant owns the name: the old one's DNS may lead here still. Then: pulumi config set --path 'allowTakeovers[0]' ${problems[0]?.name} && pulumi up.`,
    },
  );
}

/** The tenant that comes back is the one that left when its sites are where they were. */
async function isSame(tenant: Tenant, store: Pick<Store, "tenant">): Promise<boolean> {
  const record = await store.tenant(tenant.domain);
  return record === undefined || record.tenant.upstream === tenant.upstream;
}
