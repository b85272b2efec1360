import type { Handover, Operator } from "../core/handover/message";
import { type PublicDns, recordsToSet } from "../core/handover/records";
import type { DnsAdvice } from "../core/record/reason";
import type { TenantRecord } from "../core/record/record";
import { turnOf } from "../core/record/turn";
import type { Step } from "./explain-steps";

/** What was found from here and what the issuer has on record, as the customer is told of it. */
export async function handoverOf(
  domain: string,
  record: TenantRecord | undefined,
  steps: readonly Step[],
  dns: PublicDns,
  operator: Operator | undefined,
  now: number,
): Promise<Handover> {
  const { problems, advice } = inTheWay(domain, record, steps);
  return {
    domain,
    problems,
    records: await recordsToSet(advice, dns),
    ...(record?.certificate && record.certificate.notAfter > now && { servedUntil: record.certificate.notAfter }),
    ...(record?.nextActionAt !== undefined && { nextLook: record.nextActionAt }),
    operator,
  };
}

/** What is seen now goes before what was written down, for the owner may have corrected DNS since. */
function inTheWay(domain: string, record: TenantRecord | undefined, steps: readonly Step[]) {
  const problems = steps.flatMap(({ name, code }) => (code === undefined ? [] : [{ name, code }]));
  const advice: readonly DnsAdvice[] = steps.flatMap((step) => step.dns ?? []);
  const reason = record?.reason;
  // An address that serves no certificate, or another, is ours to mend, and no reason of the issuer's.
  const unserved = steps.find((step) => step.result === "bad" && step.code === undefined);
  if (problems.length === 0 && unserved)
    return { problems: [{ name: unserved.name, code: "INTERNAL" as const }], advice };
  if (problems.length > 0 || !reason) return { problems: problems.slice(0, 25), advice };
  const mayBeCured = turnOf(reason.code) === "owner" && steps.every(({ result }) => result === "good");
  return mayBeCured
    ? { problems: [], advice: [] }
    : { problems: [{ name: domain, code: reason.code }], advice: reason.dns ?? [] };
}
