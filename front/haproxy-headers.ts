/** Removes all that a client could have forged, then says what is true. */
export function forwardedHeaders(scheme: "http" | "https", port: number): string[] {
  return [
    "http-request del-header x-forwarded- -m beg",
    "http-request del-header x-ssl-client- -m beg",
    "http-request del-header client-cert -m beg",
    "http-request del-header forwarded",
    "http-request del-header x-real-ip",
    "http-request set-header X-Forwarded-For %[src]",
    `http-request set-header X-Forwarded-Proto ${scheme}`,
    "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
    `http-request set-header X-Forwarded-Port ${port}`,
    `http-request set-header Forwarded for=%[src];host=%[var(txn.host)];proto=${scheme} unless { src -m sub : }`,
    `http-request set-header Forwarded for=\\"[%[src]]\\";host=%[var(txn.host)];proto=${scheme} if { src -m sub : }`,
  ];
}

/** Needs txn.client_certificates, the tenant's policy. */
export const clientCertificateRules = [
  "acl asks_certificate var(txn.client_certificates) -m str o q",
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
