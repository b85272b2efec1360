import type { Hsts, HttpPolicy, KeyType } from "./tenant";

/** A tenant as a user writes it: its domain, or its domain with what differs from the defaults. */
export type TenantEntry = string | TenantSettings;

/** What may be said of one tenant. Names may be in capitals or another script: they are brought into DNS' own form. */
export interface TenantSettings {
  /**
   * The primary domain, and the tenant's identity.
   * @example domain: "data.paris.example"
   */
  readonly domain: string;
  /**
   * Further names on the same certificate, at most 24.
   * @example aliases: ["www.paris.example"]
   */
  readonly aliases?: readonly string[];
  /**
   * Where its requests go, `http://host:port` or `https://host:port`. Default: `defaultUpstream`.
   * @example upstream: "http://paris.internal.example.org:8080"
   */
  readonly upstream?: string;
  /**
   * What port 80 does: `redirect` to https, `serve` as it is, or redirect all but some path prefixes. Default: `redirect`.
   * @example http: { redirectExcept: ["/api/"] }
   */
  readonly http?: HttpPolicy;
  /**
   * Strict-Transport-Security (RFC 6797): `true` is a year; `preload` needs `includeSubdomains` and at least a year. Default: `false`.
   * @example hsts: { maxAge: 31_536_000, includeSubdomains: true }
   */
  readonly hsts?: boolean | Partial<Hsts>;
  /**
   * Whether visitors show certificates of their own, and which CA signs those; `ca` and `crl` (its revocation lists) are PEM. Default: `off`.
   * @example clientCertificates: { mode: "optional", ca: fs.readFileSync("paris-ca.pem", "utf8") }
   */
  readonly clientCertificates?: ClientCertificateSettings;
  /**
   * The certificate's key; RSA only for visitors with very old clients. Default: `ecdsa-p256`.
   * @example keyType: "rsa-2048"
   */
  readonly keyType?: KeyType;
  /**
   * The CA to try first, by its name in `cas`. Default: the first of `cas`.
   * @example ca: "letsencrypt"
   */
  readonly ca?: string;
  /**
   * Your own id of the customer: DNS then has to show that the names are theirs, by a TXT record, before the first order (docs/deploy.md). Default: nobody asks.
   * @example owner: "customer-4711"
   */
  readonly owner?: string;
}

/** Mutual TLS as a user writes it. */
export interface ClientCertificateSettings {
  readonly mode: "off" | "optional" | "required";
  readonly ca?: string;
  readonly crl?: string;
}
