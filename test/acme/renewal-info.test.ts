import { parseRenewalInfo } from "../../acme/answers";
import { DAY, HOUR, MINUTE } from "../../core/base/clock";

const START = "2026-12-01T00:00:00Z";
const END = "2026-12-03T00:00:00Z";
const answer = (data: unknown, headers = {}) => ({ status: 200, headers, data });
const parsed = (change: object, headers = {}) =>
  parseRenewalInfo("some-ca", answer({ suggestedWindow: { start: START, end: END }, ...change }, headers));

/** RFC 9773 §4.2 and §4.3. */
describe("when a CA wants a certificate renewed", () => {
  it("is a window, to be looked at again in six hours where the CA does not say when", () => {
    expect(parsed({})).toStrictEqual({
      start: Date.UTC(2026, 11, 1),
      end: Date.UTC(2026, 11, 3),
      retryAfterMs: 6 * HOUR,
    });
  });

  it.each([
    ["0", MINUTE],
    ["59", MINUTE],
    ["61", 61_000],
    ["86399", DAY - 1_000],
    ["86401", DAY],
    ["soon", 6 * HOUR],
  ])("is looked at again after %s s, at least a minute and at most a day", (header, retryAfterMs) => {
    expect(parsed({}, { "retry-after": header }).retryAfterMs).toBe(retryAfterMs);
  });

  it.each([
    ["https://ca.example/incident/1", true],
    ["http://ca.example/incident/1", true],
    [`https://ca.example/${"x".repeat(500 - 19)}`, true],
    [`https://ca.example/${"x".repeat(501 - 19)}`, false],
    ["javascript:alert('https://ca.example')", false],
    ["ftp://ca.example/incident", false],
    [["https://ca.example/incident/1"], false],
    [7, false],
  ])("is explained to people by %j: %p", (explanationURL, isShown) => {
    expect(parsed({ explanationURL }).explanationUrl).toBe(isShown ? explanationURL : undefined);
  });

  it.each<[string, unknown, string]>([
    ["a list", [], "the renewalInfo is no JSON object."],
    ["without a window", {}, "the suggestedWindow is no JSON object."],
    ["without a start", { suggestedWindow: { end: END } }, "renewalInfo has no valid window."],
    ["without an end", { suggestedWindow: { start: START } }, "renewalInfo has no valid window."],
    ["of no length", { suggestedWindow: { start: START, end: START } }, "renewalInfo has no valid window."],
    ["with its end first", { suggestedWindow: { start: END, end: START } }, "renewalInfo has no valid window."],
    ["in numbers", { suggestedWindow: { start: 1, end: 2 } }, "renewalInfo has no valid window."],
  ])("makes no sense %s, in words", (_what, data, words) => {
    const detail = `The CA some-ca gave a wrong answer: ${words}`;
    expect(() => parseRenewalInfo("some-ca", answer(data))).toThrow(
      expect.objectContaining({ problem: { type: "certfront:malformed", detail } }),
    );
  });
});
