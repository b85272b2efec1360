import type { CertificateSummary, FrontItem, Heartbeat, TenantRecord } from "../core/record/record";
import type { TenantIndexEntry } from "../core/record/store";
import { newTenantRecord } from "../core/record/store";
import type { Tenant } from "../core/tenant/tenant";
import { THUMBPRINT } from "./challenge-server";

/** A tenant as `parseTenants` gives it, with defaults. */
export function tenant(domain: string, changes: Partial<Tenant> = {}): Tenant {
  return {
    domain,
    aliases: [],
    http: "redirect",
    hsts: false,
    clientCertificates: { mode: "off" },
    keyType: "ecdsa-p256",
    ...changes,
  };
}

export function tenantRecord(domain: string, now: number, changes: Partial<TenantRecord> = {}): TenantRecord {
  return { ...newTenantRecord(tenant(domain), now), ...changes };
}

/** A line of the index of tenants. */
export function indexEntry(domain: string, changes: Partial<TenantIndexEntry> = {}): TenantIndexEntry {
  return { domain, names: [domain], state: "active", since: 0, revision: 1, configHash: "", ...changes };
}

export function certificateSummary(domain: string, changes: Partial<CertificateSummary> = {}): CertificateSummary {
  const notBefore = Date.UTC(2026, 10, 1);
  return {
    serial: "00c0ffee",
    fingerprint: "ab".repeat(32),
    names: [domain],
    notBefore,
    notAfter: notBefore + 90 * 24 * 3_600_000,
    ca: "pebble",
    ...changes,
  };
}

export function frontItem(domain: string, revision: number, changes: Partial<FrontItem> = {}): FrontItem {
  return { domain, revision, removed: false, tenant: tenant(domain), ...changes };
}

/** What a front in good health says of itself, before it serves anything. */
export function heartbeat(front: string, at: number, changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    front,
    role: "AROAFRONT",
    at,
    revision: 0,
    certificates: 0,
    haproxyVersion: "3.0",
    agentVersion: "1",
    ready: true,
    thumbprint: THUMBPRINT,
    opensKeys: true,
    failed: [],
    ...changes,
  };
}
