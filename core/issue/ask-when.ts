import { DAY } from "../base/clock";
import { AcmeError } from "../ca/certificate-authority";
import { bounded } from "../ca/retry-after";
import { leafOf } from "../certificate/facts";
import type { ReasonCode } from "../record/reason";
import type { RenewalPlan, TenantRecord, TenantState } from "../record/record";
import { WriteConflictError } from "../record/update";
import { planAfterAriFailure, planByAri, planByLifetime } from "../renewal/policy";
import { whatIsNeeded } from "./needs";
import type { IssuerPorts } from "./ports";
import { rested } from "./rest";
import { type HeldClaim, takeTenant } from "./turn";

/** How a look ended that needed no lease. */
interface Asked {
  readonly state: TenantState;
  readonly reason?: ReasonCode;
}

/**
 * Asks the CA of a tenant that nobody holds when to renew, and writes the answer, once. Nearly all turns are this one, twice a day for each certificate: with
 * a lease each would cost four writes. Two workers that ask at the same time do no harm; one of them writes.
 * @returns the tenant taken, where it needs more than that; undefined where somebody else is at it
 */
export async function askWhen(domain: string, ports: IssuerPorts): Promise<Asked | HeldClaim | undefined> {
  const record = await ports.store.tenant(domain);
  const front = await ports.store.frontItem(domain);
  if (record?.lease && record.lease.until > ports.clock.now()) return undefined;
  if (record && whatIsNeeded({ record, front, now: ports.clock.now() }).action === "ask-ari") {
    // What fails here fails in the turn to come too, which says so in the record.
    const renewal = await askPlan(record, ports).catch(() => undefined);
    const next = { ...record, ...(renewal && { renewal }) };
    if (whatIsNeeded({ record: next, front, now: ports.clock.now() }).action === "nothing") {
      const asked = rested(next, ports);
      const { state, reason } = asked;
      return (await saved(asked, ports)) && { state, ...(reason && { reason: reason.code }) };
    }
  }
  return takeTenant(domain, ports);
}

/** When the CA would have the certificate renewed; undefined without a certificate. */
export async function askPlan(record: TenantRecord, ports: IssuerPorts): Promise<RenewalPlan | undefined> {
  const { certificate, tenant } = record;
  if (!certificate) return undefined;
  const context = { now: ports.clock.now(), random: ports.random(), timeScale: ports.timeScale };
  const current = record.renewal ?? planByLifetime(certificate, context);
  const ca = ports.cas.find(({ settings }) => settings.name === certificate.ca);
  const history = await ports.store.certificates(tenant.domain);
  const stored = history.find(({ summary }) => summary.fingerprint === certificate.fingerprint);
  if (!ca || !stored) return planByAri(certificate, current, undefined, context);
  try {
    return planByAri(certificate, current, await ca.renewalInfo(leafOf(stored.chain)), context);
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
    return planAfterAriFailure(current, bounded(error.retryAfterMs, DAY), context);
  }
}

async function saved({ lease: _over, ...next }: TenantRecord, { store }: IssuerPorts): Promise<true | undefined> {
  try {
    await store.saveTenant({ ...next, version: next.version + 1 });
    return true;
  } catch (error) {
    if (error instanceof WriteConflictError) return undefined;
    throw error;
  }
}
