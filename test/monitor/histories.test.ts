import { DAY, HOUR } from "../../core/base/clock";
import {
  caDownForAWeek,
  clockSkew,
  dnsMoved,
  frontStuck,
  issuerDead,
  monitorDead,
  revoked,
  revokedAndRefused,
  type Told,
  tell,
} from "../../testing/histories";

/** What rang first of each alarm: days after the event, and days of lifetime left then. */
function firstRings({ rings }: Told): Record<string, { after: number; left: number }> {
  const first: Record<string, { after: number; left: number }> = {};
  for (const { alarm, to, after, daysLeft } of rings) {
    if (to === "ALARM") first[alarm] ??= { after: after / DAY, left: daysLeft };
  }
  return first;
}

const HOURS = HOUR / DAY;

describe("alarms over simulated histories", () => {
  test.each([
    [90, { warn: 28, page: 21 }],
    [45, { warn: 14, page: 10.5 }],
    [160 / 24, { warn: 3.1, page: 2.33 }],
  ])(
    "the issuer is dead: silence warns within the hour, overdue renewals warn and page (certificates of %d days)",
    async (days, left) => {
      const told = firstRings(await tell(issuerDead(days)));

      expect(Object.keys(told)).toEqual([
        "reconcile-silent",
        "renewal-overdue",
        "renewal-overdue-page",
        "page",
        "expiry-emergency",
        "names-unreachable",
      ]);
      expect(told["reconcile-silent"]?.after).toBeLessThanOrEqual(1.5 * HOURS);
      // The original policy for 90 days: two days after the renewal was due, 28 days are left. Up to two hours later: sweep and evaluation.
      expect(told["renewal-overdue"]?.left).toBeLessThanOrEqual(left.warn);
      expect(told["renewal-overdue"]?.left).toBeGreaterThan(left.warn - 3 * HOURS);
      expect(told["renewal-overdue-page"]?.left).toBeLessThanOrEqual(left.page);
      expect(told["renewal-overdue-page"]?.left).toBeGreaterThan(left.page - 3 * HOURS);
      expect(told.page?.left).toBe(told["renewal-overdue-page"]?.left);
      expect(told["expiry-emergency"]?.left).toBeGreaterThan(1.8);
      expect(told["names-unreachable"]?.left).toBeLessThan(0);
    },
    120_000,
  );

  test("the monitor is dead: its silence pages within five hours", async () => {
    const told = firstRings(await tell(monitorDead));
    expect(Object.keys(told)).toEqual(["monitor-silent", "page"]);
    expect(told["monitor-silent"]?.after).toBeLessThanOrEqual(5 * HOURS);
  });

  test("one front is stuck: its silence warns at once, what it serves warns as soon as it differs, and pages in time", async () => {
    const told = firstRings(await tell(frontStuck));
    expect(Object.keys(told)).toEqual([
      "fronts-stale",
      "served-mismatch",
      "renewal-overdue",
      "renewal-overdue-page",
      "page",
    ]);
    expect(told["fronts-stale"]?.after).toBeLessThanOrEqual(3 * HOURS);
    expect(told["served-mismatch"]?.left).toBeGreaterThan(29);
    expect(told.page?.left).toBeGreaterThan(20.8);
  });

  test("a tenant's DNS moved away: a warning four weeks before the renewal that would fail, and nobody is paged for a customer who left", async () => {
    const { rings } = await tell(dnsMoved);
    expect(rings.map(({ alarm, to }) => [alarm, to])).toEqual([
      ["dns-warnings", "ALARM"],
      ["dns-warnings", "OK"],
    ]);
    const [warned, over] = rings;
    expect(warned?.after).toBeLessThanOrEqual(4 * HOUR);
    // The issuer quarantines the tenant when its renewal comes, and it counts by its reason from then on.
    expect((over?.after ?? 0) / DAY).toBeCloseTo(29.5, 0);
  });

  test("the CA revoked a certificate and says so by ARI: it is replaced, and nothing rings", async () => {
    const { rings, issued } = await tell(revoked);
    expect(rings).toEqual([]);
    expect(issued).toBe(3);
  });

  test("the CA revoked a certificate and refuses the next: a warning within hours of the early renewal, weeks before it is overdue by age", async () => {
    const told = firstRings(await tell(revokedAndRefused));
    expect(Object.keys(told)).toContain("oldest-pending");
    expect(told["oldest-pending"]?.after).toBeLessThan(1);
    expect(told.page).toBeUndefined();
  });

  test.each([
    [90, ["orders-failing", "renewal-overdue"]],
    [45, ["orders-failing", "renewal-overdue", "renewal-overdue-page", "page"]],
  ])(
    "the CA is down for a week when renewals are due, and all is well two days after it is back (certificates of %d days)",
    async (days, expected) => {
      const told = await tell(caDownForAWeek(days));
      expect(Object.keys(firstRings(told))).toEqual(expected);
      const atLast = Object.fromEntries(told.rings.map(({ alarm, to }) => [alarm, to]));
      expect(Object.values(atLast)).toEqual(expected.map(() => "OK"));
      expect(told.issued).toBe(4);
    },
  );

  test.each([10, -10])(
    "the monitor's clock is %d minutes off: nothing rings in a month of 160-hour certificates",
    async (minutes) => {
      const { rings, issued } = await tell(clockSkew(minutes));
      expect(rings).toEqual([]);
      expect(issued).toBeGreaterThan(15);
    },
  );
});
