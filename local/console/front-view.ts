import type { Heartbeat } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { FRONT_SILENT_MS } from "../../core/status/front-problem";
import type { FrontView } from "./views";

/** One front against what the table holds: how far behind it is, and what it could not do. */
export function frontView(beat: Heartbeat, tenants: readonly TenantIndexEntry[], now: number): FrontView {
  let tenantsBehind = 0;
  let oldest = now;
  for (const tenant of tenants) {
    if (tenant.revision <= beat.revision) continue;
    tenantsBehind += 1;
    oldest = Math.min(oldest, tenant.revision);
  }
  const problems = [...beat.failed, ...(beat.selfCheck?.mismatches ?? [])];
  return {
    front: beat.front,
    heardOf: iso(beat.at),
    state: stateOf(beat, problems.length, tenantsBehind, now),
    revision: iso(beat.revision),
    tenantsBehind,
    lagSeconds: Math.round((now - oldest) / 1_000),
    certificates: beat.certificates,
    haproxyVersion: beat.haproxyVersion,
    agentVersion: beat.agentVersion,
    outdated: beat.outdated ?? [],
    problems,
    ...(beat.selfCheck && { checked: beat.selfCheck.checked }),
  };
}

function stateOf(beat: Heartbeat, problems: number, tenantsBehind: number, now: number): FrontView["state"] {
  if (now - beat.at > FRONT_SILENT_MS) return "silent";
  if (!beat.ready) return "starting";
  if (problems > 0) return "failing";
  return tenantsBehind > 0 ? "behind" : "serving";
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
