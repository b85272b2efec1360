import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import { dnsWait, orderRetry, ownRetry } from "../../../core/issue/retry-schedule";

describe("how long until a tenant is looked at again", () => {
  it.each([
    ["a minute in the first hour", 0, MINUTE],
    ["a minute to the end of it", HOUR - 1, MINUTE],
    ["five minutes in the first day", HOUR, 5 * MINUTE],
    ["five minutes to the end of it", DAY - 1, 5 * MINUTE],
    ["an hour in the first week", DAY, HOUR],
    ["an hour to the end of it", 7 * DAY - 1, HOUR],
    ["six hours from then on", 7 * DAY, 6 * HOUR],
    ["six hours though nobody knows for how long", Number.POSITIVE_INFINITY, 6 * HOUR],
  ])("while its owner has not set DNS: %s", (_what, waited, expected) => {
    expect(dnsWait(waited)).toBe(expected);
  });

  it("after a CA's no: 1, 10 and 100 minutes, then daily", () => {
    expect([0, 1, 2, 3, 4, 5, 99].map(orderRetry)).toEqual([MINUTE, MINUTE, 10 * MINUTE, 100 * MINUTE, DAY, DAY, DAY]);
  });

  it("after a fault of ours: doubling from a second, a minute at the longest", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 99].map(ownRetry)).toEqual(
      [1, 1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * SECOND),
    );
  });
});
