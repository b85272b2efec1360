import { DAY, HOUR, SECOND } from "../../../core/base/clock";
import { overdueFraction } from "../../../core/renewal/overdue";
import { emergencyAt, planByLifetime, planForFresh, renewAtByLifetime } from "../../../core/renewal/policy";
import { certificateSummary } from "../../../testing/records";

const ISSUED = Date.UTC(2026, 10, 1);
const CONTEXT = { now: ISSUED, random: 0, timeScale: 1 };
/** One from a CA with ARI, unless changed. */
const lasting = (lifetime: number, changes: Parameters<typeof certificateSummary>[1] = {}) =>
  certificateSummary("a.example", { notBefore: ISSUED, notAfter: ISSUED + lifetime, ariId: "x.y", ...changes });

describe("without a word from its CA a certificate is renewed", () => {
  it.each([
    ["90 days", 90 * DAY, 30 * DAY],
    ["64 days", 64 * DAY, 64 * 8 * HOUR],
    ["45 days", 45 * DAY, 15 * DAY],
    ["10 days", 10 * DAY, 80 * HOUR],
    ["10 days less 2 seconds", 10 * DAY - 2 * SECOND, 5 * DAY - SECOND],
    ["160 hours", 160 * HOUR, 80 * HOUR],
  ])("with a third of %s left, or half where that is under ten days", (_lifetime, lifetime, left) => {
    const certificate = lasting(lifetime);
    expect(certificate.notAfter - renewAtByLifetime(certificate)).toBe(left);
  });

  it("whatever else says otherwise with a twentieth left", () => {
    expect(emergencyAt(lasting(90 * DAY))).toBe(ISSUED + 85.5 * DAY);
    expect(emergencyAt(lasting(160 * HOUR))).toBe(ISSUED + 152 * HOUR);
  });

  it("at a whole millisecond, as clocks show it", () => {
    // As CAs count: the last second is the certificate's own.
    const certificate = lasting(90 * DAY - SECOND);
    expect(renewAtByLifetime(certificate)).toBe(ISSUED + 60 * DAY - 667);
    expect(emergencyAt(lasting(90 * DAY - 13))).toBe(ISSUED + 85.5 * DAY - 12);
  });
});

describe("the plan by lifetime", () => {
  it("says when, and has the CA asked in the round whether that is what it wants", () => {
    expect(planByLifetime(lasting(90 * DAY), CONTEXT)).toEqual({
      renewAt: ISSUED + 60 * DAY,
      source: "lifetime",
      inRound: true,
    });
  });

  it("has the CA of a short-lived certificate asked at a time of its own", () => {
    expect(planByLifetime(lasting(160 * HOUR), CONTEXT)).toEqual({
      renewAt: ISSUED + 80 * HOUR,
      source: "lifetime",
      ariCheckAt: ISSUED + 4 * HOUR,
    });
  });

  it("has no CA asked that has no ARI", () => {
    expect(planByLifetime(certificateSummary("a.example"), CONTEXT)).toEqual({
      renewAt: ISSUED + 60 * DAY,
      source: "lifetime",
    });
  });
});

describe("the plan for a certificate that was issued just now", () => {
  it("is the one by lifetime", () => {
    const certificate = lasting(90 * DAY, { notBefore: ISSUED - HOUR });
    expect(planForFresh(certificate, CONTEXT)).toEqual(planByLifetime(certificate, CONTEXT));
  });

  it.each([
    ["would be due at once", ISSUED - 360 * DAY, ISSUED + 90 * DAY],
    ["would be due too soon", ISSUED - 150 * DAY, ISSUED + 90 * DAY],
    ["is of a CA whose clock is years behind", ISSUED - 3_600 * DAY, ISSUED + 90 * DAY],
  ])("keeps one that %s for a third of the time it has", (_what, notBefore, notAfter) => {
    const plan = planForFresh(lasting(90 * DAY, { notBefore, notAfter }), CONTEXT);
    expect(plan).toEqual({ renewAt: ISSUED + 30 * DAY, source: "lifetime", inRound: true });
  });

  it("keeps it to a whole millisecond", () => {
    const old = lasting(90 * DAY, { notBefore: ISSUED - 3_600 * DAY, notAfter: ISSUED + 30 * DAY + 2 });
    expect(planForFresh(old, CONTEXT).renewAt).toBe(ISSUED + 10 * DAY + 1);
  });
});

describe("how overdue a renewal is", () => {
  const renewAt = ISSUED + 60 * DAY;
  const notAfter = ISSUED + 90 * DAY;

  it.each([
    [0, -2],
    [60, 0],
    [62, 2 / 30],
    [75, 0.5],
    [90, 1],
    [93, 1.1],
  ])("is told in parts of the time that it had: of 90 days, on day %d, %d", (day, fraction) => {
    expect(overdueFraction(ISSUED + day * DAY, renewAt, notAfter)).toBeCloseTo(fraction, 9);
  });

  it.each([
    ["at the end", notAfter],
    ["after the end", notAfter + DAY],
  ])("is nothing until the certificate ends, and all from then on, where the plan is to renew it %s", (_when, late) => {
    expect(overdueFraction(notAfter - 1, late, notAfter)).toBe(0);
    expect(overdueFraction(notAfter, late, notAfter)).toBe(1);
    expect(overdueFraction(notAfter + 2 * DAY, late, notAfter)).toBe(1);
  });
});
