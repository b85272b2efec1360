import { CertfrontError } from "../base/errors";
import { leafOf } from "../certificate/facts";
import type { CertificateSummary, TenantRecord } from "../record/record";
import { update } from "../record/update";
import type { IssuerPorts } from "./ports";

/** RFC 5280 §5.3.1, those that make sense for a site's owner; CAs refuse others. */
export const REVOCATION_REASONS = { unspecified: 0, keyCompromise: 1, superseded: 4, cessationOfOperation: 5 } as const;
export type RevocationReason = keyof typeof REVOCATION_REASONS;

/** Older ones have long been replaced on every front. */
const REVOKED_KEPT = 5;

type OperationPorts = Pick<IssuerPorts, "store" | "clock" | "cas">;

/**
 * Revokes a tenant's current certificate at its CA and has it replaced at once. The fronts serve the revoked one until the
 * new one is there, seconds later: most clients learn of a revocation in days, and no certificate at all would be worse.
 */
export async function revoke(domain: string, reason: RevocationReason, ports: OperationPorts): Promise<void> {
  const { certificate } = await known(domain, ports);
  const history = await ports.store.certificates(domain);
  const stored = history.find(({ summary }) => summary.fingerprint === certificate?.fingerprint);
  const ca = ports.cas.find(({ settings }) => settings.name === certificate?.ca);
  if (!stored) {
    throw new CertfrontError(`${domain} has no certificate to revoke.`, { code: "NO_CERTIFICATE", tenant: domain });
  }
  if (!ca) {
    throw new CertfrontError(
      `${stored.summary.ca}, which issued the certificate of ${domain}, is not in the stack's list.`,
      {
        code: "UNKNOWN_CA",
        tenant: domain,
        advice: "Put the CA back into the list to revoke what it issued.",
      },
    );
  }
  await ca.revoke(leafOf(stored.chain), REVOCATION_REASONS[reason]);
  for (const holder of [domain, ...(await sharers(stored.summary, domain, ports))]) {
    await update(ports.store, await known(holder, ports), (record) => ({
      ...record,
      revoked: [stored.summary.fingerprint, ...(record.revoked ?? [])].slice(0, REVOKED_KEPT),
    }));
    await renew(holder, ports);
  }
}

/** Tenants that names moved to are served with the same certificate until they have their own (succession.ts). */
async function sharers(
  { fingerprint, names }: CertificateSummary,
  domain: string,
  { store }: OperationPorts,
): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listTenants(cursor);
    for (const entry of page.items) {
      if (entry.domain === domain || entry.state === "removed") continue;
      if (!entry.names.some((name) => names.includes(name))) continue;
      const record = await store.tenant(entry.domain);
      const has = [record?.certificate, ...(record?.further ?? [])].some((one) => one?.fingerprint === fingerprint);
      if (has && record?.state !== "removed") found.push(entry.domain);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** Has a tenant's certificate replaced at the next reconcile, whatever its age. */
export async function renew(domain: string, ports: OperationPorts): Promise<void> {
  await update(ports.store, await known(domain, ports), (record) => {
    const now = ports.clock.now();
    const { ariCheckAt: _late, explanationUrl: _past, ...plan } = record.renewal ?? {};
    const { avoidCas: _forgiven, refusedNames: _tried, search: _over, caFailures: _counted, ...rest } = record;
    return {
      ...rest,
      failures: 0,
      nextActionAt: now,
      ...(record.certificate && { renewal: { ...plan, renewAt: now, source: "requested" as const } }),
    };
  });
}

async function known(domain: string, { store }: OperationPorts): Promise<TenantRecord> {
  const record = await store.tenant(domain);
  if (record && record.state !== "removed") return record;
  throw new CertfrontError(`There is no tenant ${domain}.`, {
    code: "UNKNOWN_TENANT",
    tenant: domain,
    advice: "Use the tenant's primary domain, as `certfront status` lists it.",
  });
}
