/** Round numbers from at or below `min` to at or above `max`, `count` steps or a few more or less. */
export function ticks(min: number, max: number, count: number): number[] {
  const rough = (max - min) / count || 1;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough) ?? rough;
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

export function formatValue(value: number): string {
  return FORMAT.format(value);
}
