import { DAY, HOUR, isoTime, MINUTE } from "../base/clock";

/** A moment as people say it: `in 12 days`, `3 hours ago`, `now`. One unit, rounded down, so that nothing is promised too early. */
export function relativeTime(at: number, now: number): string {
  const words = duration(Math.abs(at - now));
  if (words === undefined) return "now";
  return at > now ? `in ${words}` : `${words} ago`;
}

/** A length of time in its largest sensible unit; undefined below a minute. Days go on up to 120, then months. */
export function duration(ms: number): string | undefined {
  if (ms < MINUTE) return undefined;
  if (ms < HOUR) return count(ms / MINUTE, "minute");
  if (ms < 2 * DAY) return count(ms / HOUR, "hour");
  if (ms < 120 * DAY) return count(ms / DAY, "day");
  return count(ms / (30 * DAY), "month");
}

function count(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? "" : "s"}`;
}

/** `2027-02-19 14:03 UTC`. */
export function utcMinute(at: number): string {
  const time = isoTime(at);
  return time === "unknown" ? time : `${time.slice(0, 16).replace("T", " ")} UTC`;
}
