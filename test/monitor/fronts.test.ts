import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import type { Heartbeat } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { staleFronts } from "../../lambdas/expiry-monitor/fronts";
import { daysLeft, overdueFraction, renewalTime } from "../../lambdas/expiry-monitor/lifetime";
import { waitingSince } from "../../lambdas/expiry-monitor/waiting";
import { certificateSummary, indexEntry } from "../../testing/records";

const NOW = Date.UTC(2026, 10, 21, 12);

describe("fronts that need somebody", () => {
  const heartbeat = (changes: Partial<Heartbeat>): Heartbeat => ({
    front: "f",
    at: NOW,
    revision: NOW,
    certificates: 1,
    haproxyVersion: "3.0",
    agentVersion: "1",
    ready: true,
    failed: [],
    ...changes,
  });

  test.each<[string, Partial<Heartbeat>, string | undefined]>([
    ["has just reported", {}, undefined],
    ["reported 14 minutes ago: clocks differ", { at: NOW - 14 * MINUTE }, undefined],
    ["is ahead of our clock", { at: NOW + HOUR }, undefined],
    ["is silent", { at: NOW - 20 * MINUTE }, "has not reported for 20 minutes"],
    ["has been silent for a day, all but a minute", { at: NOW - DAY + MINUTE }, "has not reported for 1439 minutes"],
    ["stopped in order", { at: NOW - 20 * MINUTE, ready: false }, undefined],
    ["is gone for a day", { at: NOW - DAY }, undefined],
    ["loads its certificates", { ready: false }, undefined],
    [
      "cannot apply a tenant",
      { failed: [{ domain: "a.example", problem: "bad key" }] },
      "cannot bring 1 tenant to the stored state",
    ],
    [
      "serves something else",
      {
        selfCheck: {
          checked: 9,
          mismatches: [
            { domain: "a.example", problem: "old" },
            { domain: "b.example", problem: "old" },
          ],
        },
      },
      "serves something else than stored for 2 names",
    ],
  ])("one that %s", (_, changes, problem) => {
    expect(staleFronts([heartbeat(changes)], NOW, { at: () => 0 })).toEqual(
      problem === undefined ? [] : [{ front: "f", problem }],
    );
  });
});

describe("the monitor's own reckoning of lifetimes", () => {
  const validity = (days: number) => ({ notBefore: NOW, notAfter: NOW + days * DAY });

  test.each([
    [90, 30],
    [64, 64 / 3],
    [45, 15],
    [10, 10 / 3],
    [160 / 24, 80 / 24],
  ])("a certificate of %d days is to be renewed with %d days left", (days, left) => {
    expect(daysLeft(validity(days), renewalTime(validity(days)))).toBeCloseTo(left, 9);
  });

  test.each([
    [0, -2],
    [60, 0],
    [62, 2 / 30],
    [69, 0.3],
    [90, 1],
    [93, 1.1],
  ])("of 90 days, on day %d the overdue fraction is %d", (day, fraction) => {
    expect(overdueFraction(validity(90), NOW + day * DAY)).toBeCloseTo(fraction, 9);
  });

  test("a certificate that ends before it begins was never good", () => {
    const nonsense = { notBefore: NOW + DAY, notAfter: NOW };
    expect(overdueFraction(nonsense, NOW + HOUR)).toBe(1);
  });
});

describe("since when a tenant waits for us or the CA", () => {
  const entry = (changes: Partial<TenantIndexEntry>) =>
    indexEntry("a.example", { since: NOW - 5 * HOUR, revision: NOW, ...changes });
  const certificate = certificateSummary("a.example", { notBefore: NOW - 10 * DAY, notAfter: NOW + 80 * DAY });
  const because = (code: "WAITING" | "CA_DOWN" | "DNS_NXDOMAIN" | "RATE_LIMITED" | "TOKEN_MISMATCH") => ({
    reason: { code, sentence: "" },
  });

  test.each<[string, Partial<TenantIndexEntry>, number | undefined]>([
    ["its first certificate, just added", { state: "pending-dns", ...because("WAITING") }, NOW - 5 * HOUR],
    ["its first certificate, the CA is down", { state: "issuing", ...because("CA_DOWN") }, NOW - 5 * HOUR],
    [
      "its first certificate, our port 80 is wrong",
      { state: "pending-dns", ...because("TOKEN_MISMATCH") },
      NOW - 5 * HOUR,
    ],
    ["not for us: DNS is the owner's to set", { state: "pending-dns", ...because("DNS_NXDOMAIN") }, undefined],
    ["not for us: the CA's limit refills", { state: "pending-dns", ...because("RATE_LIMITED") }, undefined],
    ["for nothing: taken out", { state: "removed" }, undefined],
    [
      "for nothing: renewed in good time",
      { certificate, renewal: { renewAt: NOW + 50 * DAY, source: "ari" } },
      undefined,
    ],
    [
      "a renewal that the CA wants weeks early",
      { certificate, renewal: { renewAt: NOW - HOUR, source: "ari" } },
      NOW - HOUR,
    ],
    [
      "a renewal that somebody asked for",
      { certificate, renewal: { renewAt: NOW - 2 * HOUR, source: "requested" } },
      NOW - 2 * HOUR,
    ],
  ])("%s", (_, changes, since) => {
    expect(waitingSince(entry(changes), NOW)).toBe(since);
  });

  // Of 90 days a twentieth is four and a half; by its age it is due with 30 left.
  test.each([
    ["four days before its age: the CA's usual window", 34, false],
    ["five days before its age: early", 35, true],
  ])("a renewal due %s", (_when, daysLeft, waits) => {
    const due = certificateSummary("a.example", {
      notAfter: NOW + daysLeft * DAY,
      notBefore: NOW - (90 - daysLeft) * DAY,
    });
    const renewal = { renewAt: NOW - 1, source: "ari" } as const;
    expect(waitingSince(entry({ certificate: due, renewal }), NOW)).toBe(waits ? NOW - 1 : undefined);
  });

  test("a renewal due by age counts as overdue, not as waiting, also where the CA's window begins a day before", () => {
    const old = certificateSummary("a.example", { notBefore: NOW - 60 * DAY, notAfter: NOW + 30 * DAY });
    const renewal = { renewAt: NOW - DAY, source: "ari" } as const;
    expect(waitingSince(entry({ certificate: old, renewal }), NOW)).toBeUndefined();
  });
});
