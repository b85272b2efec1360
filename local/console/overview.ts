import { isoTime } from "../../core/base/clock";
import type { AlarmState, ConsoleAlarm } from "../aws/cloudwatch/types";
import type { ConsoleSources } from "./sources";
import type { Snapshot } from "./tenant-snapshot";
import { troubleViews } from "./trouble";
import { verdict } from "./verdict";
import type { AlarmView, OverviewView } from "./views";

/** Transitions shown of each alarm. */
const HISTORY_SHOWN = 20;

export async function overview(
  sources: Pick<ConsoleSources, "stack" | "about" | "clock" | "alarms">,
  snapshot: Snapshot,
  acts: OverviewView["acts"] = "no",
): Promise<OverviewView> {
  const { counts, fronts } = snapshot;
  const alarms = await sources.alarms();
  const { cards, more } = troubleViews(snapshot.trouble, snapshot.heartbeats, snapshot.at);
  return {
    stack: sources.stack,
    about: sources.about,
    acts,
    now: new Date(sources.clock.now()).toISOString(),
    verdict: verdict(alarms, snapshot, sources.stack),
    counts,
    trouble: cards,
    troubleMore: more,
    alarms: alarms.map(alarmView).sort(ringingFirst),
    fronts,
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
