import { DAY, HOUR, isoTime, MINUTE, SECOND, scaled, systemClock } from "../../../core/base/clock";

it("The clock of a running part is the system's", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

describe("a time as people and programs read it", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [Date.UTC(2026, 10, 29, 12, 30), "2026-11-29T12:30:00.000Z"],
    [8.64e15, "+275760-09-13T00:00:00.000Z"],
    [-8.64e15, "-271821-04-20T00:00:00.000Z"],
    [8.64e15 + 1, "unknown"],
    [-8.64e15 - 1, "unknown"],
    [Number.POSITIVE_INFINITY, "unknown"],
    [Number.NaN, "unknown"],
  ])("%d is %s", (at, text) => expect(isoTime(at)).toBe(text));
});

describe("a wait in a stack's own time", () => {
  it.each<[string, number, number, number]>([
    ["as it is where time passes as elsewhere", DAY, 1, DAY],
    ["shorter where time passes faster", HOUR, 60, MINUTE],
    ["a second at the least, however fast", HOUR, 1e6, SECOND],
    ["what it is where that is less than a second", 200, 60, 200],
  ])("is %s", (_what, ms, timeScale, wait) => expect(scaled(ms, timeScale)).toBe(wait));
});
