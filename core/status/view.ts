import { isoTime } from "../base/clock";
import { problemAt } from "../record/front-problem";
import type { DnsAdvice } from "../record/reason";
import type { Heartbeat, ServedState, TenantRecord, TenantState } from "../record/record";
import type { TenantIndexEntry } from "../record/store";
import { namesOf } from "../tenant/tenant";
import { type Attention, attention, overdue } from "./attention";

/** All that is told of a tenant to people and to scripts: `certfront status --json` and the console's API. Times are ISO 8601, UTC. */
export interface TenantView {
  readonly domain: string;
  /** The further names of its certificate. */
  readonly aliases: readonly string[];
  readonly attention: Attention | "removed";
  readonly state: TenantState;
  readonly since: string;
  readonly reason?: {
    readonly code: string;
    readonly sentence: string;
    /** The records to set. */
    readonly dns: readonly DnsAdvice[];
    readonly problemType?: string;
  };
  readonly certificate?: {
    readonly serial: string;
    readonly fingerprint: string;
    readonly ca: string;
    readonly notBefore: string;
    readonly notAfter: string;
  };
  readonly renewal?: {
    readonly at: string;
    readonly source: string;
    /** 0 or less until the renewal is due, 1 at expiry. */
    readonly overdue: number;
    readonly explanationUrl?: string;
  };
  readonly nextAttempt?: string;
  readonly fronts: FrontsServing;
  /** What the expiry monitor saw last; only where one tenant was asked for. */
  readonly seen?: SeenFromOutside;
}

/** Fronts heard of lately: those that carry the tenant's present revision, and the others with why not. */
export interface FrontsServing {
  readonly serving: readonly string[];
  readonly behind: readonly { readonly front: string; readonly problem: string }[];
}

export interface SeenFromOutside {
  readonly checkedAt: string;
  readonly ok: boolean;
  readonly names: readonly {
    readonly name: string;
    readonly at: string;
    readonly ok: boolean;
    readonly problem?: string;
    readonly serial?: string;
  }[];
}

export type TenantFacts = Omit<TenantIndexEntry, "configHash">;

export function tenantView(
  tenant: TenantFacts,
  heartbeats: readonly Heartbeat[],
  now: number,
  served?: ServedState,
): TenantView {
  const { reason, certificate, renewal, nextActionAt } = tenant;
  return {
    domain: tenant.domain,
    aliases: tenant.names.filter((name) => name !== tenant.domain),
    attention: attention(tenant, heartbeats, now),
    state: tenant.state,
    since: isoTime(tenant.since),
    ...(reason && { reason: { ...reason, dns: reason.dns ?? [] } }),
    ...(certificate && {
      certificate: {
        serial: certificate.serial,
        fingerprint: certificate.fingerprint,
        ca: certificate.ca,
        notBefore: isoTime(certificate.notBefore),
        notAfter: isoTime(certificate.notAfter),
      },
    }),
    ...(renewal && {
      renewal: {
        at: isoTime(renewal.renewAt),
        source: renewal.source,
        overdue: Number(overdue(tenant, now).toFixed(4)),
        ...(renewal.explanationUrl && { explanationUrl: renewal.explanationUrl }),
      },
    }),
    ...(nextActionAt !== undefined && { nextAttempt: isoTime(nextActionAt) }),
    fronts: frontsServing(tenant, heartbeats, now),
    ...(served && { seen: seenFromOutside(served) }),
  };
}

/** A full record as the index would show it. */
export function factsOf(record: TenantRecord): TenantFacts {
  const { tenant, state, since, reason, certificate, renewal, nextActionAt, revision } = record;
  return {
    domain: tenant.domain,
    names: namesOf(tenant),
    state,
    since,
    revision,
    ...(reason && { reason }),
    ...(certificate && { certificate }),
    ...(renewal && { renewal }),
    ...(nextActionAt !== undefined && { nextActionAt }),
  };
}

function frontsServing(tenant: TenantFacts, heartbeats: readonly Heartbeat[], now: number): FrontsServing {
  if (!tenant.certificate || tenant.state === "removed") return { serving: [], behind: [] };
  const problems = heartbeats.map((beat) => ({ front: beat.front, problem: problemAt(beat, tenant, now) }));
  return {
    serving: problems.filter(({ problem }) => problem === undefined).map(({ front }) => front),
    behind: problems.flatMap(({ front, problem }) => (problem === undefined ? [] : [{ front, problem }])),
  };
}

function seenFromOutside(served: ServedState): SeenFromOutside {
  return {
    checkedAt: isoTime(served.checkedAt),
    ok: served.names.length > 0 && served.names.every((seen) => seen.ok),
    names: served.names.map(({ name, at, ok, problem, serial }) => ({
      name,
      at,
      ok,
      ...(problem && { problem }),
      ...(serial && { serial }),
    })),
  };
}
