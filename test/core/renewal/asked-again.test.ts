import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import type { RenewalPlan } from "../../../core/record/record";
import { planAfterAriFailure, planByAri, planByLifetime, ROUND } from "../../../core/renewal/policy";
import { certificateSummary } from "../../../testing/records";

const ISSUED = Date.UTC(2026, 10, 1);
const NOW = ISSUED + 1 * DAY;

interface Case {
  readonly lifetime: number;
  /** What the CA wants. */
  readonly retryAfterMs: number;
  readonly random?: number;
  readonly timeScale?: number;
}

/** How long until the CA is asked again, after it gave a window; "round": with all others. */
function nextCheck({ lifetime, retryAfterMs, random = 0, timeScale = 1 }: Case): number | "round" | undefined {
  const certificate = certificateSummary("a.example", { notBefore: ISSUED, notAfter: ISSUED + lifetime, ariId: "x.y" });
  const context = { now: NOW, random, timeScale };
  const window = { start: NOW + DAY, end: NOW + 2 * DAY, retryAfterMs };
  const { ariCheckAt, inRound } = planByAri(certificate, planByLifetime(certificate, context), window, context);
  if (inRound) return ariCheckAt === undefined ? "round" : undefined;
  return ariCheckAt === undefined ? undefined : ariCheckAt - NOW;
}

describe("a CA is asked again about a certificate", () => {
  it.each<[string, Case]>([
    ["90 days", { lifetime: 90 * DAY, retryAfterMs: 6 * HOUR }],
    ["90 days, whose CA wants the time that a round takes", { lifetime: 90 * DAY, retryAfterMs: ROUND }],
    ["10 days", { lifetime: 10 * DAY, retryAfterMs: MINUTE }],
  ])("with all others, in the round: of %s", (_what, of) => {
    expect(nextCheck(of)).toBe("round");
  });

  it.each<[string, Case, number]>([
    ["160 hours: every fortieth of that", { lifetime: 160 * HOUR, retryAfterMs: HOUR }, 4 * HOUR],
    ["just under 10 days", { lifetime: 10 * DAY - 40 * SECOND, retryAfterMs: HOUR }, 6 * HOUR - SECOND],
    ["160 hours, whose CA wants more time", { lifetime: 160 * HOUR, retryAfterMs: 6 * HOUR }, 6 * HOUR],
    [
      "90 days, whose CA wants more time than a round takes",
      { lifetime: 90 * DAY, retryAfterMs: 12 * HOUR },
      12 * HOUR,
    ],
    ["90 days, whose CA wants more than a day, which is too much", { lifetime: 90 * DAY, retryAfterMs: 9 * DAY }, DAY],
  ])("at a time of its own: of %s", (_what, of, wait) => {
    expect(nextCheck(of)).toBe(wait);
  });

  it("up to a tenth earlier, so that those issued together do not stay together", () => {
    const short = { lifetime: 160 * HOUR, retryAfterMs: HOUR };
    expect(nextCheck({ ...short, random: 0.5 })).toBe(3.8 * HOUR);
    expect(nextCheck({ ...short, random: 0.123456789 })).toBe(Math.round(3.9506172844 * HOUR));
  });

  it.each([160 * HOUR, 90 * DAY])("up to a tenth later, not earlier, than the CA wants (%d ms)", (lifetime) => {
    expect(nextCheck({ lifetime, retryAfterMs: 12 * HOUR, random: 0.5 })).toBe(12.6 * HOUR);
  });

  it("in a stack's own time, but never twice in a second", () => {
    const short = { lifetime: 160 * HOUR, retryAfterMs: HOUR };
    expect(nextCheck({ ...short, timeScale: 60 })).toBe(4 * MINUTE);
    expect(nextCheck({ ...short, timeScale: 1e6 })).toBe(SECOND);
  });
});

describe("a CA that could not be asked", () => {
  const current: RenewalPlan = {
    renewAt: NOW + 5 * DAY,
    source: "ari",
    inRound: true,
    explanationUrl: "https://ca.example/why",
  };
  const context = { now: NOW, random: 0.5, timeScale: 1 };

  it.each<[string, number | undefined, number]>([
    ["in an hour", undefined, HOUR],
    ["when it wants", 2 * HOUR, 2 * HOUR],
    ["in a minute where it wants less", 0, MINUTE],
    ["in a day where it wants more", 3 * DAY, DAY],
  ])("is asked again %s, and what was known stays", (_when, retryAfterMs, wait) => {
    expect(planAfterAriFailure(current, retryAfterMs, context)).toEqual({ ...current, ariCheckAt: NOW + wait });
  });

  it("is asked again in the stack's own time, but never twice in a second", () => {
    const after = (timeScale: number) => planAfterAriFailure(current, undefined, { ...context, timeScale }).ariCheckAt;
    expect(after(60)).toBe(NOW + MINUTE);
    expect(after(7)).toBe(NOW + 514_286);
    expect(after(1e6)).toBe(NOW + SECOND);
  });
});
