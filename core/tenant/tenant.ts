/** A tenant as everything behind the configuration sees it: parsed, canonical, valid. */
export interface Tenant {
  /** Primary domain and identity: lower-case A-label, no trailing dot. */
  readonly domain: string;
  /** Further names on the same certificate, same form as `domain`. At most 24. */
  readonly aliases: readonly string[];
  /** `http://host:port` or `https://host:port`; absent: the stack's default upstream, else the welcome page. */
  readonly upstream?: string;
  readonly http: HttpPolicy;
  readonly hsts: false | Hsts;
  readonly clientCertificates: ClientCertificates;
  readonly keyType: KeyType;
  /** Name of the CA to try first, one of the stack's list. */
  readonly ca?: string;
  /** Your own id of the customer on whose word the names are served: each name's DNS has to say so (core/tenant/ownership.ts). */
  readonly owner?: string;
}

/** What :80 does: redirect all to https, serve as is, or redirect all but some path prefixes (`/api/`). */
export type HttpPolicy = "redirect" | "serve" | { readonly redirectExcept: readonly string[] };

/** Strict-Transport-Security (RFC 6797). */
export interface Hsts {
  /** Seconds. */
  readonly maxAge: number;
  readonly includeSubdomains: boolean;
  readonly preload: boolean;
}

/** Mutual TLS per tenant. `ca` is the tenant's own CA, `crl` its revocation lists, one for each CA of a chain; both PEM. */
export type ClientCertificates =
  | { readonly mode: "off" }
  | { readonly mode: "optional" | "required"; readonly ca: string; readonly crl?: string };

/** RSA only for tenants with very old clients. */
export type KeyType = "ecdsa-p256" | "rsa-2048";

/** Every name the tenant's certificate carries, the primary one first. */
export function namesOf(tenant: Pick<Tenant, "domain" | "aliases">): string[] {
  return [tenant.domain, ...tenant.aliases];
}
