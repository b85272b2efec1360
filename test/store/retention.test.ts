import { DAY, HOUR } from "../../core/base/clock";
import { expiryOf, ttlSeconds } from "../../store/retention";
import { certificateSummary, frontItem, heartbeat, tenantRecord } from "../../testing/records";

const NOW = Date.UTC(2026, 10, 29, 12);
const secret = { id: "1", domain: "a.example", key: "KEY", csr: "CSR", expiresAt: NOW + 7 * DAY };
const summary = certificateSummary("a.example");
const outage = { ca: "some-ca", failures: 1, tenants: [], probeAt: 0, version: 1 };

describe("how long an item is kept", () => {
  it.each<[string, number | undefined, number | undefined]>([
    ["a tenant, without end", expiryOf.tenant(tenantRecord("a.example", NOW)), undefined],
    [
      "a removed tenant, for 30 days since",
      expiryOf.tenant(tenantRecord("a.example", NOW, { state: "removed", since: NOW - DAY })),
      NOW + 29 * DAY,
    ],
    ["an order's key, as long as the order", expiryOf.orderSecret(secret), NOW + 7 * DAY],
    [
      "a certificate, for 30 days after its end",
      expiryOf.certificate({ domain: "a.example", summary, chain: "", key: "" }),
      summary.notAfter + 30 * DAY,
    ],
    ["a front's item, without end", expiryOf.front(frontItem("a.example", NOW)), undefined],
    [
      "a front's tombstone, for 30 days",
      expiryOf.front(frontItem("a.example", NOW, { removed: true })),
      NOW + 30 * DAY,
    ],
    [
      "a limit, for 30 days after its last use",
      expiryOf.bucket({ tokens: 1, updatedAt: NOW, version: 1 }),
      NOW + 30 * DAY,
    ],
    ["an outage", expiryOf.outage({ ...outage, until: NOW, limitedUntil: 0 }), NOW + 30 * DAY],
    ["an outage by a limit", expiryOf.outage({ ...outage, until: 0, limitedUntil: NOW + HOUR }), NOW + 30 * DAY + HOUR],
    ["a heartbeat, for a day", expiryOf.heartbeat(heartbeat("i-1", NOW)), NOW + DAY],
  ])("%s", (_what, expiry, expected) => {
    expect(expiry).toBe(expected);
  });

  it.each([
    [1_000, 1],
    [1_001, 2],
    [1_999, 2],
  ])("is %i ms in seconds at least: %i", (ms, seconds) => {
    expect(ttlSeconds(ms)).toBe(seconds);
  });
});
