import { DAY, HOUR } from "../../../core/base/clock";
import type { RenewalInfo } from "../../../core/ca/certificate-authority";
import type { RenewalPlan } from "../../../core/record/record";
import { planByAri, planByLifetime } from "../../../core/renewal/policy";
import { certificateSummary } from "../../../testing/records";

const certificate = certificateSummary("a.example", { ariId: "x.y" });
const ISSUED = certificate.notBefore;
const NOW = ISSUED + 40 * DAY;
/** Day of the certificate's 90; on day 60 it is renewed by its lifetime, on day 62 the alarm for late renewals rings. */
const day = (n: number): number => ISSUED + n * DAY;
const LATEST = day(62);
const context = (random = 0) => ({ now: NOW, random, timeScale: 1 });
const BY_LIFETIME = planByLifetime(certificate, context());

const answer = (start: number, end: number, changes: Partial<RenewalInfo> = {}): RenewalInfo => {
  return { start, end, retryAfterMs: 6 * HOUR, ...changes };
};
const plan = (
  window: RenewalInfo | undefined,
  { random, current }: { random?: number; current?: RenewalPlan } = {},
): RenewalPlan => planByAri(certificate, current ?? BY_LIFETIME, window, context(random));

describe("a CA's window for the renewal", () => {
  it.each([
    [0, day(50)],
    [0.25, day(50) + 12 * HOUR],
    [1 - 1e-6, day(52) - 173],
    [1 - 2 ** -53, day(52) - 1],
  ])("is where the renewal lies at random: %d", (random, renewAt) => {
    expect(plan(answer(day(50), day(52)), { random })).toEqual({ renewAt, source: "ari", inRound: true });
  });

  it("keeps the moment once chosen while that lies in it", () => {
    const current: RenewalPlan = { renewAt: day(51), source: "ari", inRound: true };
    const renewAt = (start: number, end: number) => plan(answer(start, end), { current, random: 0.5 }).renewAt;
    expect(renewAt(day(50), day(55))).toBe(day(51));
    expect(renewAt(day(51), day(55))).toBe(day(51));
    expect(renewAt(day(47), day(51) + 1)).toBe(day(51));
    expect(renewAt(day(47), day(51))).toBe(day(49));
    expect(renewAt(day(51) + 2, day(53))).toBe(day(52) + 1);
  });

  it.each(["lifetime", "requested", "emergency"] as const)("keeps no moment that came from elsewhere: %s", (source) => {
    const current: RenewalPlan = { renewAt: day(51), source };
    expect(plan(answer(day(50), day(54)), { current, random: 0.5 })).toMatchObject({ renewAt: day(52), source: "ari" });
  });

  it("that is past means now", () => {
    const { renewAt, source } = plan(answer(day(20), day(22)), { random: 0.5 });
    expect({ renewAt, source }).toEqual({ renewAt: day(21), source: "ari" });
    expect(renewAt).toBeLessThan(NOW);
  });

  it.each([
    ["before the certificate was issued", day(-3), day(-1)],
    ["just before the certificate was issued", day(-2), day(0)],
  ])("that lies %s means now, and the moment once chosen stays", (_when, start, end) => {
    const current = plan(answer(start, end), { random: 0.5 });
    expect(current).toMatchObject({ renewAt: (start + end) / 2, source: "ari" });
    expect(plan(answer(start, end), { current, random: 0.75 })).toEqual(current);
  });

  it("comes with the CA's word why, for as long as the CA has one", () => {
    const explanationUrl = "https://ca.example/incident";
    const current = plan(answer(day(50), day(52), { explanationUrl }));
    expect(current).toMatchObject({ renewAt: day(50), explanationUrl });
    expect(plan(answer(day(50), day(52)), { current })).toStrictEqual({
      renewAt: day(50),
      source: "ari",
      inRound: true,
    });
  });

  it("gives whole milliseconds", () => {
    expect(plan(answer(day(50), day(50) + 5), { random: 0.5 }).renewAt).toBe(day(50) + 2);
  });
});

describe("of a CA's window does not count", () => {
  it.each<[string, number, number, number]>([
    ["what lies so late that the alarm for late renewals would ring", day(60), day(80), day(61)],
    ["what lies before the certificate was issued", day(-10), day(40), day(20)],
    ["one or the other, where it reaches beyond both of them by little", day(0) + 2, day(70), day(31) + 1],
  ])("%s", (_what, start, end, renewAt) => {
    expect(plan(answer(start, end), { random: 0.5 })).toMatchObject({ renewAt, source: "ari" });
  });

  it.each<[string, number, number]>([
    ["ends before it begins", day(52), day(50)],
    ["ends as it begins", day(50), day(50)],
    ["begins when that alarm rings", LATEST, day(80)],
    ["lies after the certificate's end", day(100), day(101)],
    ["covers the certificate's whole life", day(-1), day(91)],
    ["covers all of it that counts, and nothing more", day(0), LATEST],
  ])("anything, where it %s", (_what, start, end) => {
    const explanationUrl = "https://ca.example/why";
    expect(plan(answer(start, end, { explanationUrl }), { random: 0.5 })).toEqual(BY_LIFETIME);
  });

  it.each<[string, number, number, number]>([
    ["begins a moment before that alarm", LATEST - 2, day(80), LATEST - 1],
    ["covers its life but for the first moments", day(0) + 2, day(91), day(31) + 1],
    ["covers its life but for the last moments that count", day(-1), LATEST - 2, day(31) - 1],
  ])("nothing, where it %s", (_what, start, end, renewAt) => {
    expect(plan(answer(start, end), { random: 0.5 })).toMatchObject({ renewAt, source: "ari" });
  });

  it("leaves the CA asked again all the same, when it wants to be", () => {
    expect(plan(answer(day(50), day(50), { retryAfterMs: 12 * HOUR }))).toEqual({
      renewAt: day(60),
      source: "lifetime",
      ariCheckAt: NOW + 12 * HOUR,
    });
  });
});

it("A CA that has no ARI is not asked again, and the lifetime counts", () => {
  const current = plan(answer(day(50), day(52)));
  expect(plan(undefined, { current })).toEqual({ renewAt: day(60), source: "lifetime" });
});
