import type { CertificateSummary } from "../../core/record/record";
import type { Tenant } from "../../core/tenant/tenant";

/** What this front holds of a tenant. The key is on disk only, in `certificate.file`. */
export interface HeldTenant {
  readonly domain: string;
  readonly revision: number;
  readonly tenant: Tenant;
  readonly certificate?: HeldCertificate | undefined;
}

export interface HeldCertificate {
  readonly summary: CertificateSummary;
  /** PEM: chain and key. Its name changes with `line`'s options and names, never with a rotation. */
  readonly file: string;
  /** Options and names of the crt-list line, after the file. */
  readonly options: string;
  readonly names: readonly string[];
  /** SHA-1 of the leaf, as HAProxy shows it. */
  readonly sha1: string;
  /** SHA-256 of the PEM file: finds a half-written one. */
  readonly hash: string;
  /** The tenant's CA for client certificates. */
  readonly clientCa?: { readonly file: string; readonly hash: string } | undefined;
}
