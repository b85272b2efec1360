import { DAY } from "../base/clock";
import { AcmeError } from "../ca/certificate-authority";
import { bounded } from "../ca/retry-after";
import { leafOf } from "../certificate/facts";
import type { ReasonCode } from "../record/reason";
import type { RenewalPlan, TenantRecord, TenantState } from "../record/record";
import { WriteConflictError } from "../record/update";
import { planAfterAriFailure, planByAri, planByLifetime } from "../renewal/policy";
import { type Need, whatIsNeeded } from "./needs";
import type { IssuerPorts } from "./ports";
import { rested } from "./rest";
import { type Claim, type HeldClaim, takeTenant } from "./turn";

/** How a look ended that needed no lease. */
interface Asked {
  readonly state: TenantState;
  readonly reason?: ReasonCode;
}

/**
 * Asks the CA of a tenant that nobody holds when to renew, and writes the answer, once, where it is news. Nearly all turns are this one, twice a day for
 * each certificate: with a lease each would cost four writes. Two workers that ask at the same time do no harm; one of them writes.
 * @returns the tenant taken, where it needs more than that; undefined where somebody else is at it
 */
export async function askWhen(
  { domain, inRound }: Pick<Claim, "domain" | "inRound">,
  ports: IssuerPorts,
): Promise<Asked | HeldClaim | undefined> {
  const record = await ports.store.tenant(domain);
  const front = await ports.store.frontItem(domain);
  const now = ports.clock.now();
  if (record?.lease && record.lease.until > now) return undefined;
  const need = (of: TenantRecord) => whatIsNeeded({ record: of, front, now: ports.clock.now() });
  const isContent = (of: TenantRecord) => (inRound ? mayWait(of, need(of)) : need(of).action === "nothing");
  /** Found in the round, it was not due, so nobody could take it. */
  const taken = async (due: TenantRecord | undefined) => {
    if (due && inRound && !(await saved({ ...due, nextActionAt: now }, ports))) return undefined;
    return takeTenant(domain, ports);
  };
  if (!record || !(inRound ? isContent(record) : need(record).action === "ask-ari")) return taken(record);
  // What fails here fails in the turn to come too, which says so in the record.
  const renewal = await askPlan(record, ports).catch(() => undefined);
  if (!renewal) return taken({ ...record, ...(record.renewal && { renewal: { ...record.renewal, ariCheckAt: now } }) });
  if (inRound && isSame(renewal, record.renewal)) return { state: record.state };
  const next = { ...record, renewal };
  if (!isContent(next)) return taken(next);
  const asked = rested(next, ports);
  const { state, reason } = asked;
  return (await saved(asked, ports)) && { state, ...(reason && { reason: reason.code }) };
}

/** It needs nothing, or has a time of its own for what it still lacks. */
function mayWait({ nextActionAt, renewal }: TenantRecord, { action, check }: Need): boolean {
  if (check === "names-changed") return (nextActionAt ?? Number.POSITIVE_INFINITY) < (renewal?.renewAt ?? 0);
  return action === "nothing";
}

function isSame(plan: RenewalPlan, before: RenewalPlan | undefined): boolean {
  const members = ["renewAt", "source", "ariCheckAt", "inRound", "explanationUrl"] as const;
  return members.every((member) => plan[member] === before?.[member]);
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
