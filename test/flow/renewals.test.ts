import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { renew, revoke } from "../../core/issue/operations";
import type { TenantRecord } from "../../core/record/record";
import { issueRecord } from "../../testing/fake-resolver";
import { IssuerStage, OUR_ADDRESSES } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

/** A tenant with its first certificate. */
async function active(domain: string, aliases: readonly string[] = []): Promise<TenantRecord> {
  stage.point(domain, ...aliases);
  await stage.apply(tenant(domain, { aliases }));
  await stage.turn();
  const record = await stage.record(domain);
  expect(record.state).toBe("active");
  return record;
}

const serialServed = async (domain: string) => (await stage.memory.frontItem(domain))?.certificate?.summary.serial;

const another =
  ({ certificate }: TenantRecord) =>
  (record: TenantRecord) =>
    record.certificate?.serial !== certificate?.serial;

describe("a renewal", () => {
  it.each([
    [90, 60],
    [64, 64 * (2 / 3)],
    [45, 30],
    [10, 20 / 3],
    [9, 4.5],
    [160 / 24, 160 / 24 / 2],
  ])("of a certificate of %d days without ARI comes at day %d", async (days, day) => {
    stage.ca.lifetime = days * DAY;
    const first = await active("a.example");
    const second = await stage.turnsUntil("a.example", another(first));
    expect((stage.clock.now() - (first.certificate?.notBefore ?? 0)) / DAY).toBeCloseTo(day, 2);
    expect(second).toMatchObject({ state: "active", failures: 0 });
    expect(stage.ca.orders.map(({ replaces }) => replaces)).toEqual([undefined, first.certificate?.ariId]);
    expect(await stage.memory.certificates("a.example")).toHaveLength(2);
    expect(await serialServed("a.example")).toBe(second.certificate?.serial);
  });

  it.each([
    [90, 24],
    [360, 24],
    [45, 12],
  ])(
    "of a certificate of %d days waits %d hours for a name that stopped validating, then goes on without it",
    async (days, hours) => {
      stage.ca.lifetime = days * DAY;
      const first = await active("a.example", ["www.a.example"]);
      stage.resolver.set("www.a.example", { servfail: true });
      const second = await stage.turnsUntil("a.example", another(first), 1_000);
      expect(second.certificate?.names).toEqual(["a.example"]);
      const waited = (stage.clock.now() - (first.renewal?.renewAt ?? 0)) / HOUR;
      expect(waited).toBeGreaterThanOrEqual(hours);
      expect(waited).toBeLessThan(hours + 7);
    },
  );

  it("follows the CA's window, asked for twice a day at the least, and says so", async () => {
    const first = await active("a.example");
    const start = stage.clock.now() + 20 * DAY;
    stage.ca.ari = { start, end: start + 2 * DAY, retryAfterMs: 6 * HOUR, explanationUrl: "https://ca.test/why" };
    let checked = stage.clock.now();
    while (!another(first)(await stage.nextTurn("a.example"))) {
      expect(stage.clock.now() - checked).toBeLessThanOrEqual(DAY / 2);
      checked = stage.clock.now();
      expect((await stage.record("a.example")).renewal).toMatchObject({
        source: "ari",
        renewAt: start + DAY,
        explanationUrl: "https://ca.test/why",
      });
    }
    // and the quarter of a second for which the order was watched
    expect(stage.clock.now() - (start + DAY)).toBeLessThanOrEqual(250);
  });

  it("comes at once when a revocation moves the CA's window into the past", async () => {
    const first = await active("a.example");
    stage.ca.ari = { start: stage.clock.now() - HOUR, end: stage.clock.now() - HOUR / 2, retryAfterMs: 6 * HOUR };
    const begun = stage.clock.now();
    await stage.turnsUntil("a.example", another(first));
    expect(stage.clock.now() - begun).toBeLessThan(DAY / 2);
  });

  it.each([
    ["in the last days", -1],
    ["after the end", 3],
    ["where the alarm for late renewals rings already", -20],
  ])("comes by the lifetime where the CA's window lies %s", async (_where, days) => {
    const first = await active("a.example");
    const late = (first.certificate?.notAfter ?? 0) + days * DAY;
    stage.ca.ari = { start: late, end: late + HOUR, retryAfterMs: 6 * HOUR };
    await stage.turnsUntil("a.example", another(first), 500);
    const left = (first.certificate?.notAfter ?? 0) - stage.clock.now();
    expect(left / (90 * DAY)).toBeCloseTo(1 / 3, 3);
  });

  it("comes by the lifetime where the CA's window covers the certificate's whole life, and not again and again", async () => {
    // As Pebble 2.6 has it: two days around its idea, whatever the lifetime.
    stage.ca.lifetime = 6 * HOUR;
    const first = await active("a.example");
    const idea = (first.certificate?.notAfter ?? 0) - 2 * HOUR;
    stage.ca.ari = { start: idea - DAY, end: idea + DAY, retryAfterMs: 6 * HOUR };
    await stage.turnsUntil("a.example", another(first), 500);
    const left = (first.certificate?.notAfter ?? 0) - stage.clock.now();
    expect(left / (6 * HOUR)).toBeCloseTo(1 / 2, 1);
  });

  it("comes within the certificate's life where the CA's window began before it", async () => {
    const first = await active("a.example");
    const issued = first.certificate?.notBefore ?? 0;
    stage.ca.ari = { start: issued - 30 * DAY, end: issued + 10 * DAY, retryAfterMs: 6 * HOUR };
    await stage.turnsUntil("a.example", another(first), 500);
    expect((stage.clock.now() - issued) / DAY).toBeCloseTo(5, 1);
  });

  it("is asked for by hand", async () => {
    const first = await active("a.example");
    await renew("a.example", stage.ports());
    await stage.turn();
    const second = await stage.record("a.example");
    expect(another(first)(second)).toBe(true);
    expect(second.renewal?.source).toBe("lifetime");
  });

  it("keeps to what was known while ARI cannot be asked, and asks again within the hour", async () => {
    const first = await active("a.example");
    stage.ca.fail("renewalInfo", { type: "certfront:unreachable" });
    const record = await stage.nextTurn("a.example");
    expect(record).toMatchObject({ state: "active", renewal: { source: "lifetime", renewAt: first.renewal?.renewAt } });
    expect(record.nextActionAt).toBe(stage.clock.now() + HOUR);
  });

  it("that the CA calls replaced already is ordered again without that claim", async () => {
    const first = await active("a.example");
    await renew("a.example", stage.ports());
    stage.ca.fail("newOrder", { type: "alreadyReplaced", status: 409 });
    await stage.turn();
    expect(another(first)(await stage.record("a.example"))).toBe(true);
    expect(stage.ca.orders.map(({ replaces }) => replaces)).toEqual([undefined, undefined]);
  });

  it("is asked for by a new key type, not by policy", async () => {
    const first = await active("a.example");
    await stage.apply(
      tenant("a.example", { http: "serve", hsts: { maxAge: 1, includeSubdomains: false, preload: false } }),
    );
    await stage.turn();
    expect(await stage.memory.frontItem("a.example")).toMatchObject({
      tenant: { http: "serve" },
      certificate: { summary: first.certificate },
    });
    expect(stage.ca.orders).toHaveLength(1);

    stage.clock.advance(MINUTE);
    await stage.apply(tenant("a.example", { keyType: "rsa-2048" }));
    await stage.turn();
    expect(stage.ca.orders).toHaveLength(2);
    const [newest] = await stage.memory.certificates("a.example");
    expect(await stage.dataKeys.opener().privateKey(newest?.key ?? "", "a.example")).toMatch(
      /^-----BEGIN PRIVATE KEY-----\n(?:.{64}\n){20,}/,
    );
  });
});

describe("a revocation", () => {
  it("tells the CA the reason and replaces the certificate at once", async () => {
    const first = await active("a.example");
    await revoke("a.example", "keyCompromise", stage.ports());
    expect(stage.ca.revoked).toEqual([{ leaf: expect.stringContaining("BEGIN CERTIFICATE"), reason: 1 }]);
    expect(await serialServed("a.example")).toBe(first.certificate?.serial);
    await stage.turn();
    const second = await stage.record("a.example");
    expect(second.certificate?.serial).not.toBe(first.certificate?.serial);
    expect(await serialServed("a.example")).toBe(second.certificate?.serial);
  });

  it.each([
    ["of a tenant that there is not", "b.example", "There is no tenant b.example."],
    ["of a tenant without a certificate", "new.example", "new.example has no certificate to revoke."],
  ])("%s says so", async (_what, domain, message) => {
    await stage.apply(tenant("new.example"));
    await expect(revoke(domain, "unspecified", stage.ports())).rejects.toThrow(message);
  });
});

describe("a tenant whose names stop validating before its renewal", () => {
  it("is set aside when its DNS left, at the cost of no order, and its certificate stays served", async () => {
    const first = await active("a.example");
    stage.resolver.set("a.example", { a: ["203.0.113.9"] });
    const record = await stage.turnsUntil("a.example", ({ state }) => state !== "active");
    expect(record).toMatchObject({
      state: "quarantined",
      reason: { code: "DNS_NOT_POINTING" },
      certificate: first.certificate,
    });
    await stage.nextTurn("a.example");
    expect(stage.ca.orders).toHaveLength(1);
    expect(await serialServed("a.example")).toBe(first.certificate?.serial);

    stage.point("a.example");
    expect((await stage.nextTurn("a.example")).state).toBe("active");
    expect(stage.ca.orders).toHaveLength(2);
  });

  it("is renewed without an alias that left, and gets it back when it returns", async () => {
    const first = await active("a.example", ["www.a.example"]);
    stage.resolver.remove("www.a.example");
    const second = await stage.turnsUntil("a.example", another(first));
    expect(second).toMatchObject({
      state: "active",
      certificate: { names: ["a.example"] },
      reason: { code: "DNS_NXDOMAIN" },
    });
    expect(second.reason?.sentence).toMatch(/^www\.a\.example does not exist in DNS\. Create the CNAME record/);
    expect(second.nextActionAt).toBe(stage.clock.now() + MINUTE);
    expect((await stage.nextTurn("a.example")).reason?.code).toBe("DNS_NXDOMAIN");
    expect(stage.ca.orders).toHaveLength(2);

    stage.point("www.a.example");
    const third = await stage.nextTurn("a.example");
    expect(third).toMatchObject({ state: "active", certificate: { names: ["a.example", "www.a.example"] } });
    expect(third.reason).toBeUndefined();
  });

  it("waits a day for an alias that visitors still reach, then is renewed without it", async () => {
    const first = await active("a.example", ["www.a.example"]);
    stage.resolver.set("www.a.example", { a: OUR_ADDRESSES, caa: [issueRecord("other-ca.test")] });
    const due = first.renewal?.renewAt ?? 0;
    const waiting = await stage.turnsUntil("a.example", ({ state }) => state !== "active", 200);
    expect(waiting).toMatchObject({
      state: "renewing",
      reason: { code: "CAA_FORBIDS" },
      certificate: first.certificate,
    });
    expect(stage.clock.now()).toBe(due);

    const second = await stage.turnsUntil("a.example", another(first), 2_000);
    expect(second.certificate?.names).toEqual(["a.example"]);
    expect((stage.clock.now() - due) / DAY).toBeCloseTo(1, 1);
    expect(second.reason?.code).toBe("CAA_FORBIDS");
  });

  it("orders for those of its names that are ready, and for all of them as soon as they are", async () => {
    stage.point("a.example");
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({
      state: "active",
      certificate: { names: ["a.example"] },
      reason: { code: "DNS_NXDOMAIN" },
    });
    stage.point("www.a.example");
    expect((await stage.nextTurn("a.example")).certificate?.names).toEqual(["a.example", "www.a.example"]);
  });
});
