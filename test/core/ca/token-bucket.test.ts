import { MINUTE } from "../../../core/base/clock";
import { tokensLeft } from "../../../core/ca/token-bucket";

const LIMIT = { capacity: 10, windowMs: 10 * MINUTE };
const NOW = Date.UTC(2026, 0, 1);

it.each([
  ["whose writer's clock is with ours", 0, 4],
  ["of two minutes ago: two uses came back", -2, 6],
  ["of an hour ago: full, and no fuller", -60, 10],
  ["whose writer's clock is 5 minutes ahead: nothing came back yet", 5, 4],
  ["whose time lies further ahead than clocks differ: it makes no sense, and stops nobody", 5 + 1 / 60_000, 10],
])("a bucket with 4 of 10 uses left %s", (_what, minutes, left) => {
  expect(tokensLeft(LIMIT, { tokens: 4, updatedAt: NOW + minutes * MINUTE, version: 1 }, NOW)).toBe(left);
});
