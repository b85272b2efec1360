import { isoTime } from "../../core/base/clock";
import { attention } from "../../core/status/attention";
import { FRONTS_WITHIN, FrontViews, frontsToShow } from "../../core/status/front-view";
import { tenantView } from "../../core/status/view";
import type { AlarmState, ConsoleAlarm } from "../aws/cloudwatch/types";
import type { ConsoleSources } from "./sources";
import type { Snapshot } from "./tenant-snapshot";
import { verdict } from "./verdict";
import type { AlarmView, OverviewView } from "./views";

/** Troubled tenants on top of the page; the list below has them all. */
const TROUBLE_SHOWN = 6;
/** Transitions shown of each alarm. */
const HISTORY_SHOWN = 20;

export async function overview(
  sources: Pick<ConsoleSources, "stack" | "clock" | "store" | "alarms">,
  snapshot: Snapshot,
): Promise<OverviewView> {
  const now = sources.clock.now();
  const heartbeats = frontsToShow(await sources.store.heartbeats(now, FRONTS_WITHIN), now);
  const fronts = new FrontViews(heartbeats, now);
  for (const tenant of snapshot.tenants) fronts.add(tenant);
  const alarms = sources.alarms().map(alarmView).sort(ringingFirst);
  const trouble = snapshot.tenants
    .slice(0, TROUBLE_SHOWN)
    .filter((tenant) => ["broken", "warning"].includes(attention(tenant, heartbeats, now)));
  return {
    stack: sources.stack,
    now: new Date(now).toISOString(),
    verdict: verdict(alarms, snapshot.counts, fronts.views(), await sources.store.skippedHeartbeats(now)),
    counts: snapshot.counts,
    trouble: trouble.map((tenant) => tenantView(tenant, heartbeats, now)),
    alarms,
    fronts: fronts.views(),
  };
}

function alarmView(alarm: ConsoleAlarm): AlarmView {
  return {
    name: alarm.name,
    state: alarm.state,
    since: isoTime(alarm.since),
    reason: alarm.reason,
    description: alarm.description,
    composite: alarm.composite,
    history: alarm.history.slice(0, HISTORY_SHOWN).map((change) => ({ ...change, at: isoTime(change.at) })),
  };
}

const ORDER: Record<AlarmState, number> = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 };

/** The composite leads among those that ring: it is the one that calls people. */
function ringingFirst(a: AlarmView, b: AlarmView): number {
  return ORDER[a.state] - ORDER[b.state] || Number(b.composite) - Number(a.composite) || (a.name < b.name ? -1 : 1);
}
