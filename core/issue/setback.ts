import { DAY, scaled } from "../base/clock";
import { CertfrontError } from "../base/errors";
import { outageRetry } from "../ca/outages";
import { boundedReason, type Reason, type ReasonCode } from "../record/reason";
import type { NameSearch, OrderProgress, RefusedName, TenantRecord, TenantState } from "../record/record";
import { emergencyAt } from "../renewal/policy";
import {
  dnsWait,
  FIRST_RETRY,
  orderRetry,
  ownRetry,
  QUARANTINE_AFTER_FAILURES,
  QUARANTINE_AFTER_WAITING,
} from "./retry-schedule";

/** A name refused again within this time after it was tried again is left out for twice as long as before. */
const FORGOTTEN_AFTER = 14 * DAY;

/**
 * What kind of no: `waiting` for the customer (DNS), a `refused` order, an `outage` of the CA or its limits (says itself when
 * to come back), a fault of `ours`, or simply `unfinished`.
 */
export type SetbackKind = "waiting" | "refused" | "outage" | "ours" | "unfinished";

export interface SetbackDetails {
  readonly kind: SetbackKind;
  /** ms since the epoch; where absent, the retry schedule decides. */
  readonly retryAt?: number | undefined;
  /** The order is lost; the next attempt begins a new one. */
  readonly dropOrder?: boolean;
  /** What is known of the order under way. */
  readonly order?: OrderProgress;
  /** Since when fronts that answer for another account key hold up the tenant's orders, ms. */
  readonly heldSince?: number;
  /** The CA was asked, and failed. */
  readonly caFailed?: boolean;
  /** A CA that is not to be asked for this tenant before `until`. */
  readonly avoid?: AvoidedCa;
  /** Names that are left out of orders for a while, so that the tenant's others go on. */
  readonly refuse?: readonly RefusedName[];
  /** How the search for a name refused without a word goes on. */
  readonly search?: NameSearch;
  readonly cause?: unknown;
}

type AvoidedCa = NonNullable<TenantRecord["avoidCas"]>[number];

/** Work on a tenant cannot go on now. Carries the whole answer to "why?". */
export class Setback extends CertfrontError {
  override name = "Setback";
  readonly reason: Reason;

  constructor(
    reason: Reason,
    readonly details: SetbackDetails,
  ) {
    super(reason.sentence, { code: reason.code, cause: details.cause });
    this.reason = boundedReason(reason);
  }
}

/** DNS says that the site was moved away: nobody reaches us by this name any more. */
export const LEFT_US: ReadonlySet<ReasonCode> = new Set(["DNS_NXDOMAIN", "DNS_NOT_POINTING", "PROXY_IN_FRONT"]);

/** The record after a setback: what state it is in now, why, and when to look again. Whatever certificate there is stays. */
export function afterSetback(record: TenantRecord, setback: Setback, now: number, timeScale: number): TenantRecord {
  const { kind, dropOrder, caFailed, avoid, refuse = [], heldSince } = setback.details;
  // What nobody foresaw is looked at again within the second; only when it is still there it counts.
  const first = kind === "refused" && setback.reason.code === "INTERNAL" && record.reason?.code !== "INTERNAL";
  const failures = kind === "refused" && !first ? record.failures + 1 : record.failures;
  const caFailures = caFailed ? (record.caFailures ?? 0) + 1 : (record.caFailures ?? 0);
  const ownFaults = kind === "ours" ? (record.ownFaults ?? 0) + 1 : 0;
  const {
    order: stored,
    avoidCas = [],
    refusedNames,
    search,
    caFailures: _c,
    ownFaults: _o,
    heldSince: _h,
    ...rest
  } = record;
  const order = dropOrder ? undefined : stored && noted(stored, setback.details.order);
  const state = stateAfter(record, setback, failures, order !== undefined, now, timeScale);
  const since = state === record.state ? record.since : now;
  const waits: Record<SetbackKind, number> = {
    waiting: dnsWait((now - since) * timeScale),
    unfinished: dnsWait((now - since) * timeScale),
    refused: first ? FIRST_RETRY : orderRetry(failures),
    outage: outageRetry(caFailures),
    ours: ownRetry(ownFaults),
  };
  const own = now + scaled(waits[kind], timeScale);
  const asked = setback.details.retryAt ?? own;
  const avoided = [...avoidCas, ...(avoid ? [avoid] : [])].filter(({ until }) => until > now);
  const refused = withRefused(refusedNames, refuse, now);
  const searching = setback.details.search ?? search;
  return {
    ...rest,
    state,
    since,
    reason: setback.reason,
    failures,
    nextActionAt: beforeEmergency(record, asked, now),
    ...(order && { order }),
    ...(avoided.length > 0 && { avoidCas: avoided }),
    ...(refused.length > 0 && { refusedNames: refused }),
    ...(searching && { search: searching }),
    ...(caFailures > 0 && { caFailures }),
    ...(ownFaults > 0 && { ownFaults }),
    ...(heldSince !== undefined && { heldSince }),
  };
}

/** Names refused anew take the place of what was known of them; those whose time is over long ago are forgotten. */
export function withRefused(
  known: readonly RefusedName[] = [],
  anew: readonly RefusedName[],
  now: number,
): readonly RefusedName[] {
  const kept = known.filter(
    ({ name, until }) => until > now - FORGOTTEN_AFTER && !anew.some((one) => one.name === name),
  );
  return [...kept, ...anew];
}

/** What a worker saw of an order is noted on that order only. */
function noted(stored: OrderProgress, seen: OrderProgress | undefined): OrderProgress {
  return seen?.id === stored.id ? seen : stored;
}

/**
 * No wait, whoever asked for it, lasts beyond the moment when a certificate is about to expire; from then on it is looked at
 * eight times at the least.
 */
function beforeEmergency({ certificate }: TenantRecord, asked: number, now: number): number {
  const at = Number.isFinite(asked) ? asked : now + DAY;
  if (!certificate || certificate.notAfter <= now) return Math.round(Math.max(at, now));
  const emergency = emergencyAt(certificate);
  const latest = now < emergency ? emergency : now + (certificate.notAfter - emergency) / 8;
  return Math.round(Math.max(Math.min(at, latest), now));
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
  if (record.state === "quarantined" && details.kind !== "unfinished" && details.kind !== "ours") return "quarantined";
  if (served) return "renewing";
  return "pending-dns";
}
