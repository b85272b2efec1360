import type { TenantState } from "../../../core/record/record";
import type { Turn } from "../../../core/record/turn";
import type { Attention } from "../../../core/status/attention";
import type { FrontView } from "../../../core/status/front-view";
import type { AlarmState } from "../../aws/cloudwatch/types";

/** Whose turn it is. */
export const TURN_WORDS: Record<Turn, string> = {
  owner: "the owner's turn",
  us: "ours to mend",
  nobody: "passes by itself",
};

/** What a tenant's state is for its visitors; how much it needs somebody is said by the level. */
export const STATE_WORDS: Record<TenantState, string> = {
  "pending-dns": "no certificate yet",
  issuing: "being issued",
  active: "served",
  renewing: "being renewed",
  quarantined: "set aside",
  removed: "removed",
};

/** Codes as people read them. */
export const LEVEL_WORDS: Record<Attention, string> = {
  broken: "not working",
  warning: "to look at",
  waiting: "on the way",
  fine: "fine",
};

export const ALARM_WORDS: Record<AlarmState, string> = {
  ALARM: "Ringing",
  INSUFFICIENT_DATA: "No data",
  OK: "OK",
};

export const FRONT_WORDS: Record<FrontView["state"], string> = {
  serving: "serving",
  behind: "catching up",
  failing: "failing",
  silent: "silent",
  starting: "starting",
};

export const FRONT_LEVEL: Record<FrontView["state"], Attention> = {
  serving: "fine",
  behind: "waiting",
  failing: "warning",
  silent: "broken",
  starting: "waiting",
};

export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
