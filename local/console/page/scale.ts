/** Half and whole minutes, hours and days. */
const ROUND_SECONDS = [15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

/** Round numbers from at or below `min` to at or above `max`, `count` steps or a few more or less. */
export function ticks(min: number, max: number, count: number, unit = ""): number[] {
  const rough = (max - min) / count || 1;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].map((factor) => factor * magnitude);
  const sizes = unit === "seconds" && rough > 10 ? ROUND_SECONDS : round;
  const step = sizes.find((size) => size >= rough) ?? round.find((size) => size >= rough) ?? rough;
  const first = Math.floor(min / step);
  const last = Math.ceil(max / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Moments on the clock's own marks between two times, ms, at most `count`. */
export function timeTicks(from: number, to: number, count: number): number[] {
  const steps = [1, 5, 10, 15, 30, 60, 180, 360, 720, 1_440, 2_880].map((minutes) => minutes * 60_000);
  const step = steps.find((size) => (to - from) / size <= count) ?? 86_400_000;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

/** `14:30`, or `19 Feb` where the range is longer than two days. UTC, as everything here. */
export function formatTime(at: number, rangeMs: number): string {
  const options: Intl.DateTimeFormatOptions =
    rangeMs > 172_800_000 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", hour12: false };
  return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(at);
}

const FORMAT = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact" });

/** A value on an axis or in words: `21,600` seconds are `6 h`. */
export function formatValue(value: number, unit = ""): string {
  if (unit === "seconds" && value >= 90) return lengthOf(value);
  return FORMAT.format(value);
}

/** With its unit, where the number alone does not say it: `6 h`, `12 seconds`, `3 orders`. */
export function withUnit(value: number, unit = ""): string {
  const words = formatValue(value, unit);
  return unit === "" || /[a-z]$/i.test(words) ? words : `${words} ${unit}`;
}

function lengthOf(seconds: number): string {
  if (seconds < 5_400) return `${FORMAT.format(seconds / 60)} min`;
  if (seconds < 172_800) return `${FORMAT.format(seconds / 3_600)} h`;
  return `${FORMAT.format(seconds / 86_400)} days`;
}

/** Time of day, with the day where the range is longer than one. */
export function formatMoment(at: number, rangeMs: number): string {
  const time = formatTime(at, 0);
  return rangeMs > 86_400_000 ? `${formatTime(at, Number.POSITIVE_INFINITY)} ${time}` : time;
}
