import { DAY, isoTime, MINUTE } from "../base/clock";
import { FRONT_SILENT_MS } from "../record/front-problem";
import type { Heartbeat } from "../record/record";
import type { TenantIndexEntry } from "../record/store";

/** What is told of a front to people and to scripts. Times are ISO 8601, UTC. */
export interface FrontView {
  readonly front: string;
  readonly heardOf: string;
  readonly state: "serving" | "behind" | "failing" | "silent" | "starting";
  readonly revision: string;
  /** Tenants whose present revision it has not applied yet. */
  readonly tenantsBehind: number;
  /** Age of the oldest change that it has not applied; 0 when it has them all. */
  readonly lagSeconds: number;
  readonly certificates: number;
  readonly haproxyVersion: string;
  readonly agentVersion: string;
  /** Software that was replaced on its disk since it was started. */
  readonly outdated: readonly string[];
  readonly problems: readonly { readonly domain: string; readonly problem: string }[];
  /** How many names its last self-check looked at. */
  readonly checked?: number;
}

/** Fronts that have said nothing for so long are gone, and no tenant waits for them. */
export const FRONTS_WITHIN = 10 * MINUTE;
/** The table forgets a front after so long. */
export const FRONTS_KNOWN_FOR = DAY;

/** Fronts to show: those heard of lately, and those that fell silent without a farewell. @param heartbeats of `FRONTS_KNOWN_FOR` */
export function frontsToShow(heartbeats: readonly Heartbeat[], now: number): Heartbeat[] {
  return heartbeats
    .filter(({ at, ready }) => ready || now - at < FRONTS_WITHIN)
    .sort((a, b) => (a.front < b.front ? -1 : 1));
}

/** Compares fronts with what the table holds, tenant by tenant, holding none: how far each is behind, and what it could not do. */
export class FrontViews {
  private readonly fronts: { readonly beat: Heartbeat; tenantsBehind: number; oldest: number }[];

  constructor(
    heartbeats: readonly Heartbeat[],
    private readonly now: number,
  ) {
    this.fronts = heartbeats.map((beat) => ({ beat, tenantsBehind: 0, oldest: now }));
  }

  add({ revision }: Pick<TenantIndexEntry, "revision">): void {
    for (const front of this.fronts) {
      if (revision <= front.beat.revision) continue;
      front.tenantsBehind += 1;
      front.oldest = Math.min(front.oldest, revision);
    }
  }

  views(): FrontView[] {
    return this.fronts.map(({ beat, tenantsBehind, oldest }) => frontView(beat, tenantsBehind, oldest, this.now));
  }
}

function frontView(beat: Heartbeat, tenantsBehind: number, oldest: number, now: number): FrontView {
  const problems = [...beat.failed, ...(beat.selfCheck?.mismatches ?? [])];
  return {
    front: beat.front,
    heardOf: isoTime(beat.at),
    state: stateOf(beat, problems.length, tenantsBehind, now),
    revision: isoTime(beat.revision),
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
