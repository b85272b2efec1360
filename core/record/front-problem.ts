import { isoTime, MINUTE } from "../base/clock";
import type { Heartbeat } from "./record";
import type { TenantIndexEntry } from "./store";

/** A front that has not been heard of for this long serves what it last had, and nobody knows what that is. */
export const FRONT_SILENT_MS = 2 * MINUTE;
/** A change is on its way for this long, ms: fronts look every two seconds and report at once. */
const ON_ITS_WAY_MS = 30_000;

type Facts = Pick<TenantIndexEntry, "domain" | "revision">;

/** Why this front may not be serving the tenant as stored; undefined when it does. */
export function problemAt(beat: Heartbeat, tenant: Facts, now: number): string | undefined {
  const failed = failuresOf(beat).get(tenant.domain);
  if (failed !== undefined) return failed;
  if (now - beat.at > FRONT_SILENT_MS) return `silent since ${isoTime(beat.at)}`;
  if (beat.revision < tenant.revision) return `has not reached revision ${tenant.revision}, is at ${beat.revision}`;
  return undefined;
}

/**
 * The same of a front that is up, where somebody should look: a change of moments ago is not late, and one that may not report any more
 * (it has no key of its own, and is being replaced) cannot say.
 */
export function lateAt(beat: Heartbeat, tenant: Facts, now: number): boolean {
  if (beat.role === undefined) return false;
  const up = beat.ready && now - beat.at <= FRONT_SILENT_MS;
  return up && now - tenant.revision >= ON_ITS_WAY_MS && problemAt(beat, tenant, now) !== undefined;
}

const known = new WeakMap<Heartbeat, ReadonlyMap<string, string>>();

/** Every tenant is looked up in every heartbeat, and a heartbeat may name hundreds. */
function failuresOf(beat: Heartbeat): ReadonlyMap<string, string> {
  const before = known.get(beat);
  if (before) return before;
  const failures = new Map(
    [...(beat.selfCheck?.mismatches ?? []), ...beat.failed].map(({ domain, problem }) => [domain, problem]),
  );
  known.set(beat, failures);
  return failures;
}
