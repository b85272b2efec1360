import { DAY, HOUR, MINUTE } from "../core/base/clock";
import type { Reason } from "../core/record/reason";
import type { Heartbeat, TenantRecord } from "../core/record/record";
import { newTenantRecord } from "../core/record/store";
import { tenant } from "./records";

/** The moment at which the sample tenants are as they are. */
export const NOW = Date.UTC(2027, 1, 19, 14, 3);

/** A tenant with a certificate that has `daysLeft` of 90 days left, renewed as it should be. */
export function activeTenant(domain: string, daysLeft = 75, aliases: readonly string[] = []): TenantRecord {
  const notAfter = NOW + daysLeft * DAY;
  const renewAt = notAfter - 30 * DAY;
  return {
    tenant: tenant(domain, { aliases }),
    state: "active",
    since: NOW - 15 * DAY,
    lane: "renewal",
    nextActionAt: NOW + 6 * HOUR,
    failures: 0,
    certificate: {
      serial: "2c8b11f05d",
      fingerprint: "ab".repeat(32),
      names: [domain, ...aliases],
      notBefore: notAfter - 90 * DAY,
      notAfter,
      ca: "letsencrypt",
    },
    renewal: { renewAt, source: "ari" },
    revision: NOW - 15 * DAY,
    version: 7,
  };
}

/** A tenant that has not got its first certificate, and why. */
export function pendingTenant(domain: string, reason: Reason): TenantRecord {
  return {
    ...newTenantRecord(tenant(domain), NOW - 3 * HOUR),
    reason,
    nextActionAt: NOW + 10 * MINUTE,
    failures: 4,
  };
}

/** A customer who has not changed DNS yet. */
export function notPointing(domain: string): Reason {
  return {
    code: "DNS_NOT_POINTING",
    sentence: `${domain} points to 203.0.113.9, which is not one of our addresses.`,
    dns: [{ name: domain, type: "A", action: "change", values: ["192.0.2.10", "192.0.2.11"] }],
  };
}

export function heartbeat(front: string, changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    front,
    role: "AROAFRONT",
    at: NOW - 4_000,
    revision: NOW,
    certificates: 3,
    haproxyVersion: "3.0.11",
    agentVersion: "0.1.0",
    ready: true,
    failed: [],
    selfCheck: { checked: 3, mismatches: [] },
    ...changes,
  };
}
