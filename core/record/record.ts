import type { Tenant } from "../tenant/tenant";
import type { Reason } from "./reason";

export const TENANT_STATES = ["pending-dns", "issuing", "active", "renewing", "quarantined", "removed"] as const;
export type TenantState = (typeof TENANT_STATES)[number];

/** Renewals never queue behind new tenants. */
export type Lane = "renewal" | "new";

/** What is known of a certificate without its private key. Times in milliseconds since the epoch. */
export interface CertificateSummary {
  /** Lower-case hex, no separators, as in X509Certificate.serialNumber lower-cased. */
  readonly serial: string;
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly fingerprint: string;
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  /** Name of the CA in the stack's list. */
  readonly ca: string;
  /** RFC 9773 certID, where the CA supports ARI. */
  readonly ariId?: string;
  /** Domain of the tenant that it was issued to, where names moved here from that one (core/issue/succession.ts). */
  readonly issuedTo?: string;
}

/** When the current certificate is to be replaced, and who said so. */
export interface RenewalPlan {
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
  readonly source: "ari" | "lifetime" | "emergency" | "requested";
  /** When to ask the CA's ARI again, where the time is this tenant's own: a short-lived certificate, a CA that failed or wants more time. */
  readonly ariCheckAt?: number;
  /** It is asked in the round through all tenants (core/issue/renewal-round.ts), at least twice a day. */
  readonly inRound?: true;
  readonly explanationUrl?: string;
}

/** An order under way. The CSR's key lies apart, in the order-secret item, under the same id. */
export interface OrderProgress {
  /** Ours; names the order-secret item. */
  readonly id: string;
  readonly ca: string;
  readonly names: readonly string[];
  readonly startedAt: number;
  /** The CA's order URL; absent until newOrder was answered. */
  readonly url?: string;
  readonly replaces?: string;
  /** Authorizations that were validated for it, where it takes more than one turn. */
  readonly validated?: readonly string[];
  /** Since when it has been waiting for the CA in this state, ms; patience counts from here. */
  readonly waiting?: { readonly status: string; readonly since: number };
  /** What our own checks could not make sure of and ordered all the same. */
  readonly warning?: Reason;
}

/**
 * The search for the name that a CA refuses without saying which. `good` names were accepted together; the groups of `open` are tried
 * with them one after the other, and halved where they are refused.
 */
export interface NameSearch {
  readonly ca: string;
  /** Where the CA said no: it is asked up to there. */
  readonly stage: "ordering" | "finalizing";
  readonly good: readonly string[];
  readonly open: readonly (readonly string[])[];
  /** Orders that it has cost. */
  readonly orders: number;
}

/** Fencing: every write of a worker is conditional on still holding this. */
export interface Lease {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** A name that a CA could not validate although our own checks passed: left out of orders for a while, so that the others go on. */
export interface RefusedName {
  readonly name: string;
  readonly reason: Reason;
  /** ms. */
  readonly until: number;
  /** Refusals in a row; each leaves it out for longer. Absent: one. */
  readonly times?: number;
}

/** A tenant that took over names of another one, which fronts serve as that one's until they have this. */
export interface Heir {
  readonly domain: string;
  /** The heir's front item has the names from this revision on. */
  readonly revision: number;
}

/** Everything the issuer knows about a tenant. Holds no secret. */
export interface TenantRecord {
  readonly tenant: Tenant;
  readonly state: TenantState;
  /** Set whenever the state is not `active`; also on `active` as a warning (a re-check that fails). */
  readonly reason?: Reason;
  /** When the present state was entered, ms. */
  readonly since: number;
  readonly lane: Lane;
  /** When reconcile should next look, ms. Absent: never (removed for good). */
  readonly nextActionAt?: number;
  /** Consecutive failures since the last success; drives the retry schedule. */
  readonly failures: number;
  readonly certificate?: CertificateSummary;
  /** Certificates that serve names which the present one lacks, until it has them: another tenant's from before, or its own predecessor. */
  readonly further?: readonly CertificateSummary[];
  readonly heirs?: readonly Heir[];
  readonly renewal?: RenewalPlan;
  readonly order?: OrderProgress;
  readonly lease?: Lease;
  /** CAs that refused this very tenant (its CAA, its name): not asked again before `until`, ms, while another CA is left. */
  readonly avoidCas?: readonly { readonly ca: string; readonly until: number }[];
  readonly refusedNames?: readonly RefusedName[];
  /** Fingerprints of this tenant's certificates that were revoked, the last few. */
  readonly revoked?: readonly string[];
  readonly search?: NameSearch;
  /** Its keys may lie in the table in PEM, from before keys were sealed. */
  readonly unsealed?: boolean;
  /** When the keys of superseded certificates may go, ms. Absent: there are none. */
  readonly forgetKeysAt?: number;
  /** Turns in a row that ended at a CA that failed. */
  readonly caFailures?: number;
  /** Since when fronts that answer CAs for another account key hold up its orders, ms. */
  readonly heldSince?: number;
  /** Turns in a row that ended at a fault of ours. */
  readonly ownFaults?: number;
  /** Revision of the front item that carries the current certificate and policy. */
  readonly revision: number;
  /** Counts writes; every update is conditional on it. */
  readonly version: number;
}

/** What a front needs to serve a tenant. The only item of a tenant that fronts may read. */
export interface FrontItem {
  readonly domain: string;
  /** Milliseconds since the epoch at which this item last changed; never goes back for one tenant. */
  readonly revision: number;
  /** True: drop the tenant. */
  readonly removed: boolean;
  readonly tenant: Tenant;
  /** Fingerprints of certificates that were revoked: not kept in service once there is another. */
  readonly revoked?: readonly string[];
  /** Absent until the first certificate. */
  readonly certificate?: FrontCertificate;
  /** Whom it waits for while it has none: what its visitors are told. Absent: nobody, it is on its way. */
  readonly waitsFor?: "owner" | "us";
  /** For the tenant's names that `certificate` lacks. */
  readonly further?: readonly FrontCertificate[];
  /** Who has names that this tenant had: what is served of them stays until this front has the heirs' items. */
  readonly heirs?: readonly Heir[];
}

export interface FrontCertificate {
  readonly summary: CertificateSummary;
  readonly chain: string;
  /** The private key, sealed (core/seal) for `summary.issuedTo` or this tenant; PEM where it was stored before keys were sealed. */
  readonly key: string;
}

/** What one front says of itself. */
export interface Heartbeat {
  readonly front: string;
  /** Unique id of the role that it is written with (`AROA…`). Absent: an agent from before each front had a key of its own. */
  readonly role?: string;
  readonly at: number;
  /** Every change up to this revision is applied and proven, except `failed`. */
  readonly revision: number;
  /** When it last saw all of the table, ms. Absent: not yet. */
  readonly caughtUpAt?: number;
  readonly certificates: number;
  readonly haproxyVersion: string;
  readonly agentVersion: string;
  readonly ready: boolean;
  /** Of the account key it answers CAs for (RFC 7638). */
  readonly thumbprint?: string;
  /** It opens sealed keys. Absent: an agent from before keys were sealed. */
  readonly opensKeys?: boolean;
  /** Tenants this front could not bring to the stored state; the previous certificate stays served. */
  readonly failed: readonly { readonly domain: string; readonly problem: string }[];
  /** Latest self-check of what it serves. */
  readonly selfCheck?: {
    readonly checked: number;
    readonly mismatches: readonly { domain: string; problem: string }[];
  };
  /** Software that was replaced on this front's disk since it was started, in people's words; absent where there is none. */
  readonly outdated?: readonly string[];
}

/** What the expiry monitor saw being served. */
export interface ServedState {
  readonly domain: string;
  /** When this was written, ms: checked hourly, written when something changed and twice a day. */
  readonly checkedAt: number;
  readonly names: readonly {
    readonly name: string;
    /** The address connected to, or "public" for the name's own DNS. */
    readonly at: string;
    readonly ok: boolean;
    readonly problem?: string;
    readonly serial?: string;
    readonly notAfter?: number;
  }[];
  readonly overdueFraction?: number;
  readonly notAfter?: number;
  /** The daily look at what the next renewal needs (DNS, CAA); `reason` is why it would fail. */
  readonly renewalCheck?: { readonly checkedAt: number; readonly reason?: Reason };
}

/** TLS session ticket keys shared by all fronts, oldest first; base64 of 80 bytes each, sealed (core/seal). HAProxy encrypts with the last but one. */
export interface TicketKeys {
  readonly keys: readonly string[];
  readonly rotatedAt: number;
}
