/** The table of what is under way for clients that came with a certificate. */
export const GUESTS = "guests";

/** An entry is there for as long as its request, websocket or transfer, and a little longer. */
export const guestTable = "type string len 512 size 200k expire 10s store gpt0";

/** Minutes as `YYMMDDhhmm`: what a table can compare. Later ones than 2042 do not fit into its 32 bits. */
export const LATEST_MINUTE = 4_294_967_295;

/**
 * Notes who a request is of, for the agent to end what is under way once the certificate counts no more. Needs `txn.tenant` and
 * the ACL `asks_certificate`. Fixed in length but for the tenant, whatever a CA writes into its certificates: the address, when the
 * connection began (ms), when the certificate ends (YYMMDDhhmmssZ), serial number and issuer as SHA-256, tenant.
 * @param counter the stick counter that is free for it
 */
export const guestRules = (counter: number): string[] => [
  'http-request set-var-fmt(txn.guest) "%[src]|%[src_port]|%[var(sess.since)]|%[ssl_c_notafter]|%[ssl_c_serial,sha2(256),hex]|%[ssl_c_i_dn,sha2(256),hex]|%[var(txn.tenant)]" if asks_certificate { ssl_c_used }',
  "acl guest var(txn.guest) -m found",
  `http-request track-sc${counter} var(txn.guest) table ${GUESTS} if guest`,
  `http-request sc-set-gpt0(${counter}) ssl_c_notafter,bytes(0,10) if guest { ssl_c_notafter -m reg ^([0-3]|4[0-2]) }`,
  `http-request sc-set-gpt0(${counter}) int(${LATEST_MINUTE}) if guest !{ ssl_c_notafter -m reg ^([0-3]|4[0-2]) }`,
];
