import { ownPage } from "./haproxy-pages";
import type { FrontPaths } from "./settings";

/**
 * Names that upstreams and what they are built with take for who asks, from where, or for what: a client's own never pass.
 * docs/attacks.md lists them for people.
 */
const IDENTITY = [
  "(.*-)?forward(ed|er)?(-.*)?",
  "(x-)?(ssl|m?tls)(-.*)?",
  "(.*-)?client-?(cert(ificate)?s?|ip)(-.*)?",
  "(x-)?client-(verif(y|ied)|dn|cn|san|serial|subject|issuer|fingerprint|sha1|sha256|chain|s-dn|i-dn|addr(ess)?|host|port|proto)",
  "(x-)?real-.*",
  "(x-)?remote-(user|addr(ess)?|ip|host|port|name|email|groups)",
  "(.*-)?ip(-(addr(ess)?|port|country))?|(.*-)?(connecting|originating|proxyuser)-ip.*",
  "x-(original|rewrite|override|envoy|appengine)-.*|x-azure-(client|socket)ip",
  "x-(http-)?host(-override)?|(x-)?(request|base)-ur[il]|x-http-destinationurl",
  "(x-)?(https?|scheme|url-scheme|proto|protocol|front-end-https)",
  "x-arr-.*|x-amzn-(mtls|oidc)-.*|x-goog-(authenticated|iap)-.*|x-ms-(client-principal.*|token-.*)|wl-proxy-.*",
  "x-(auth-request-.*|webauth-.*|authenticated-.*|auth-user|user-(dn|cert)|userinfo|(endpoint|apigateway)-api-userinfo)",
  "x-(consumer|credential|authentik|pomerium|vouch)-.*|(x-)?(shib|oidc|tailscale)-.*",
  "cf-(visitor|ipcountry|access-.*)|cloudfront-.*|fastly-(ssl|ff)",
].join("|");

/** Removes all that a client could have forged, then says what is true. Needs `txn.host`. */
export function forwardedHeaders(scheme: "http" | "https", port: number): string[] {
  return [
    `http-request del-header '^(${IDENTITY})$' -m reg`,
    "http-request set-header Host %[var(txn.host)]",
    "http-request set-header X-Forwarded-For %[src]",
    `http-request set-header X-Forwarded-Proto ${scheme}`,
    "http-request set-header X-Forwarded-Host %[var(txn.host)]",
    `http-request set-header X-Forwarded-Port ${port}`,
    `http-request set-header Forwarded for=%[src];host=%[var(txn.host)];proto=${scheme} unless { src -m sub : }`,
    `http-request set-header Forwarded for=\\"[%[src]]\\";host=%[var(txn.host)];proto=${scheme} if { src -m sub : }`,
  ];
}

/** Bytes of a client certificate (DER): what fits into a header beside a request's others. */
export const MOST_CERTIFICATE_BYTES = 4_096;

/** When a connection began, in ms: before its handshake, so that no handshake is younger than what it was checked against. */
export const connectionTime = "tcp-request connection set-var(sess.since) date(0,ms)";

/**
 * Needs txn.policy and txn.client_certificates. A certificate is looked at again in every request, for a connection, and a session that
 * is resumed, may be older than what has become of it.
 */
export const clientCertificateRules = (paths: FrontPaths): string[] => [
  "acl asks_certificate var(txn.client_certificates) -m str o q",
  // Checked against CAs or revocation lists that are not the tenant's any more: come again on a new connection.
  "http-request set-var(txn.trusted_since) var(txn.policy),field(6,|) if asks_certificate",
  ownPage(paths, "421", "if asks_certificate { var(sess.since),sub(txn.trusted_since) lt 0 }"),
  "http-request set-var(txn.now) date,utime(%y%m%d%H%M%SZ) if asks_certificate",
  "http-request deny deny_status 403 if asks_certificate { ssl_c_used } { ssl_c_notafter,strcmp(txn.now) lt 0 }",
  ...["!{ ssl_c_der -m found }", `{ ssl_c_der,bytes(${MOST_CERTIFICATE_BYTES},1),hex -m len 2 }`].map((tooLarge) =>
    ownPage(paths, "431", `if asks_certificate { ssl_c_used } ${tooLarge}`),
  ),
  "acl needs_certificate var(txn.client_certificates) -m str q",
  "http-request deny deny_status 403 if needs_certificate !{ ssl_c_used }",
  "http-request deny deny_status 403 if asks_certificate { ssl_c_used } !{ ssl_c_verify 0 }",
];

/** RFC 9440 §2.2 for those who follow the standard, X-SSL-Client-* for those who do not parse DER. */
export const clientCertificateHeaders = [
  "http-request set-header X-SSL-Client-Verify NONE if asks_certificate !{ ssl_c_used }",
  ...[
    "X-SSL-Client-Verify SUCCESS",
    "Client-Cert :%[ssl_c_der,base64]:",
    "X-SSL-Client-Subject %{+Q}[ssl_c_s_dn(,0,rfc2253)]",
    "X-SSL-Client-Issuer %{+Q}[ssl_c_i_dn(,0,rfc2253)]",
    "X-SSL-Client-CN %{+Q}[ssl_c_s_dn(cn)]",
    "X-SSL-Client-Serial %[ssl_c_serial,hex]",
    "X-SSL-Client-SHA256 %[ssl_c_der,sha2(256),hex,lower]",
    "X-SSL-Client-Not-After %[ssl_c_notafter]",
  ].map((header) => `http-request set-header ${header} if asks_certificate { ssl_c_used }`),
];
