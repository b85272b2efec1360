import type { CertificateSummary, FrontItem, Heir } from "../../core/record/record";
import type { Tenant } from "../../core/tenant/tenant";

/** What this front holds of a tenant. Keys are on disk only, in the certificates' files. */
export interface HeldTenant {
  readonly domain: string;
  readonly revision: number;
  readonly tenant: Tenant;
  readonly certificate?: HeldCertificate | undefined;
  /** Whom it waits for while it has none. */
  readonly waitsFor?: "owner" | "us" | undefined;
  /** For names that `certificate` lacks. */
  readonly further?: readonly HeldCertificate[] | undefined;
  /** ms. Connections from before were checked against other client CAs or revocation lists than the tenant's present ones. */
  readonly trustedSince?: number | undefined;
  /** The same for single names, which were another tenant's until then. */
  readonly namesSince?: Readonly<Record<string, number>> | undefined;
  /** Its keys have come sealed: one in PEM is the issuer's no more. */
  readonly sealed?: boolean | undefined;
  /** Who has names that this tenant had. */
  readonly heirs?: readonly Heir[] | undefined;
}

/** The tenant as the item has it, with what of the former one goes on. @param certificates as they are served from now on */
export function heldNext(
  { domain, revision, tenant, heirs, waitsFor }: FrontItem,
  [certificate, ...further]: readonly HeldCertificate[],
  previous: HeldTenant | undefined,
  cameSealed: boolean,
): HeldTenant {
  return {
    domain,
    revision,
    tenant,
    ...(certificate && { certificate }),
    ...(further.length > 0 && { further }),
    ...(previous?.trustedSince !== undefined && { trustedSince: previous.trustedSince }),
    ...(previous?.namesSince && { namesSince: previous.namesSince }),
    ...((previous?.sealed || cameSealed) && { sealed: true }),
    ...(heirs && { heirs }),
    ...(waitsFor && { waitsFor }),
  };
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
  readonly clientCa?: ClientFile | undefined;
  /** Its revocation lists. */
  readonly clientCrl?: ClientFile | undefined;
}

/** What client certificates are checked against. */
export interface ClientFile {
  /** PEM; its name comes from its contents, so that it never changes. */
  readonly file: string;
  /** SHA-256. */
  readonly hash: string;
}

/** What a tenant had and others are to have: served on until those have come. */
export interface Departure {
  readonly previous: HeldTenant;
  readonly heirs: readonly Heir[];
  /** ms; an heir that has not come by then does not come. */
  readonly until: number;
}

/** All that a tenant is served with. */
export function certificatesOf(held: HeldTenant | undefined): readonly HeldCertificate[] {
  return [...(held?.certificate ? [held.certificate] : []), ...(held?.further ?? [])];
}

/** Names that it is served for. */
export function servedNamesOf(held: HeldTenant | undefined): string[] {
  return certificatesOf(held).flatMap(({ names }) => names);
}
