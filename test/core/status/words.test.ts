import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import { duration, relativeTime, utcMinute } from "../../../core/status/words";
import { NOW } from "../../../testing/sample-tenants";

describe("time as people say it", () => {
  it.each([
    [0, "now"],
    [30 * SECOND, "now"],
    [-30 * SECOND, "now"],
    [MINUTE, "in 1 minute"],
    [-59 * MINUTE, "59 minutes ago"],
    [HOUR, "in 1 hour"],
    [47 * HOUR, "in 47 hours"],
    [2 * DAY, "in 2 days"],
    [-119 * DAY, "119 days ago"],
    [120 * DAY, "in 4 months"],
    [130 * DAY, "in 4 months"],
  ])("%i ms away", (ms, words) => {
    expect(relativeTime(NOW + ms, NOW)).toBe(words);
  });

  it("rounds down, so that nothing is promised too early", () => {
    expect(duration(2 * DAY - 1)).toBe("47 hours");
  });

  it("names a moment to the minute, and what is no moment as unknown", () => {
    expect(utcMinute(NOW + 59 * SECOND)).toBe("2027-02-19 14:03 UTC");
    expect(utcMinute(Number.NaN)).toBe("unknown");
  });
});
