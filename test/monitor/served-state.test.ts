import type { ServedState } from "../../core/record/record";
import { worthWriting } from "../../lambdas/expiry-monitor/served-state";

const NOW = Date.UTC(2027, 1, 19);
const TWELVE_HOURS = 12 * 3_600_000;
const state = (checkedAt: number, serial = "01"): ServedState => ({
  domain: "a.example",
  checkedAt,
  names: [{ name: "a.example", at: "192.0.2.1", ok: true, serial, notAfter: NOW + TWELVE_HOURS }],
});

describe("what the monitor saw is written", () => {
  it.each<[string, ServedState, ServedState | undefined, boolean]>([
    ["the first time", state(NOW), undefined, true],
    ["not again while nothing changed", state(NOW), state(NOW - 1), false],
    ["not again at the same moment", state(NOW), state(NOW), false],
    ["when something changed", state(NOW, "02"), state(NOW - 1), true],
    ["not before twelve hours are over", state(NOW), state(NOW - TWELVE_HOURS + 1), false],
    ["once twelve hours are over", state(NOW), state(NOW - TWELVE_HOURS), true],
    ["when the clock went back, or nothing would be written until it has caught up", state(NOW), state(NOW + 1), true],
  ])("%s", (_, next, before, expected) => {
    expect(worthWriting(next, before, 1)).toBe(expected);
  });

  it("sooner where time runs faster", () => {
    expect(worthWriting(state(NOW), state(NOW - TWELVE_HOURS / 100), 100)).toBe(true);
  });
});
