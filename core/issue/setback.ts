import { scaled } from "../base/clock";
import { CertfrontError } from "../base/errors";
import type { Reason, ReasonCode } from "../record/reason";
import type { RefusedName, TenantRecord, TenantState } from "../record/record";
import {
  dnsWait,
  FIRST_RETRY,
  orderRetry,
  QUARANTINE_AFTER_FAILURES,
  QUARANTINE_AFTER_WAITING,
} from "./retry-schedule";

/**
 * What kind of no: `waiting` for the customer (DNS), a `refused` order, an `outage` of the CA or its limits (says itself when
 * to come back), or simply `unfinished`.
 */
export type SetbackKind = "waiting" | "refused" | "outage" | "unfinished";

export interface SetbackDetails {
  readonly kind: SetbackKind;
  /** ms since the epoch; where absent, the retry schedule decides. */
  readonly retryAt?: number | undefined;
  /** The order is lost; the next attempt begins a new one. */
  readonly dropOrder?: boolean;
  /** A CA that is not to be asked for this tenant before `until`. */
  readonly avoid?: { readonly ca: string; readonly until: number };
  /** Names that are left out of orders for a while, so that the tenant's others go on. */
  readonly refuse?: readonly RefusedName[];
  readonly cause?: unknown;
}

/** Work on a tenant cannot go on now. Carries the whole answer to "why?". */
export class Setback extends CertfrontError {
  constructor(
    readonly reason: Reason,
    readonly details: SetbackDetails,
  ) {
    super(reason.sentence, { code: reason.code, cause: details.cause });
  }
}

/** DNS says that the site was moved away: nobody reaches us by this name any more. */
export const LEFT_US: ReadonlySet<ReasonCode> = new Set(["DNS_NXDOMAIN", "DNS_NOT_POINTING", "PROXY_IN_FRONT"]);

/** The record after a setback: what state it is in now, why, and when to look again. Whatever certificate there is stays. */
export function afterSetback(record: TenantRecord, setback: Setback, now: number, timeScale: number): TenantRecord {
  const { kind, retryAt, dropOrder, avoid, refuse = [] } = setback.details;
  // Looked at again within the second; only when it is still there it counts.
  const first = isOurs(setback) && record.reason?.code !== setback.reason.code;
  const failures = kind === "refused" && !first ? record.failures + 1 : record.failures;
  const order = dropOrder ? undefined : record.order;
  const state = stateAfter(record, setback, failures, order !== undefined, now, timeScale);
  const since = state === record.state ? record.since : now;
  const waited = (now - since) * timeScale;
  const wait = scaled(kind === "refused" ? orderRetry(failures) : dnsWait(waited), timeScale);
  const { order: _order, avoidCas, refusedNames = [], ...rest } = record;
  const refused = [...refusedNames.filter(({ name }) => !refuse.some((newer) => newer.name === name)), ...refuse];
  const avoided = [...(avoidCas ?? []), ...(avoid ? [avoid] : [])].filter(({ until }) => until > now);
  return {
    ...rest,
    state,
    since,
    reason: setback.reason,
    failures,
    nextActionAt: Math.round(Math.max(retryAt ?? now + (first ? Math.min(FIRST_RETRY, wait) : wait), now)),
    ...(order && { order }),
    ...(avoided.length > 0 && { avoidCas: avoided }),
    ...(refused.length > 0 && { refusedNames: refused.filter(({ until }) => until > now) }),
  };
}

/** Our own port 80 before any CA was asked, or a failure nobody foresaw. */
function isOurs({ reason, details }: Setback): boolean {
  if (reason.code === "INTERNAL") return true;
  return details.kind === "waiting" && (reason.code === "PORT80_UNREACHABLE" || reason.code === "TOKEN_MISMATCH");
}

function stateAfter(
  record: TenantRecord,
  { reason, details }: Setback,
  failures: number,
  ordering: boolean,
  now: number,
  timeScale: number,
): TenantState {
  const served = record.certificate !== undefined;
  if (ordering) return served ? "renewing" : "issuing";
  if (failures >= QUARANTINE_AFTER_FAILURES) return "quarantined";
  if (served && LEFT_US.has(reason.code)) return "quarantined";
  const waitedMs = (now - record.since) * timeScale;
  if (details.kind === "waiting" && !served && record.state === "pending-dns" && waitedMs >= QUARANTINE_AFTER_WAITING) {
    return "quarantined";
  }
  if (record.state === "quarantined" && details.kind !== "unfinished") return "quarantined";
  if (served) return "renewing";
  return "pending-dns";
}
