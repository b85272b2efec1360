import { atLeast, type HaproxyBuild } from "./haproxy-build";
import { GUESTS, guestTable } from "./haproxy-guests";

/**
 * Limits fall on whoever causes the load: a source's are far below a tenant's, and a tenant's far below what its upstream bears, so
 * that no one client takes a tenant from its other visitors, nor an upstream from its other tenants. All are one front's.
 */
export const LIMITS = {
  /** Connections of one source at a moment. */
  sourceConnections: 500,
  /** New connections of one source in 10 s. */
  sourceConnectionRate: 2_000,
  /** Requests of one source at a moment. */
  sourceConcurrency: 200,
  /** Requests of one source in 10 s. */
  sourceRequestRate: 10_000,
  /** Requests of one source to one tenant at a moment: whoever shares an address with many has the rest for other tenants. */
  sourceTenantConcurrency: 100,
  /** Requests of one source to one tenant in 10 s. */
  sourceTenantRequestRate: 5_000,
  /** Requests to one tenant at a moment: the last guard. */
  tenantConcurrency: 1_000,
  /** Requests to one tenant in 10 s: as much as a whole front does. */
  tenantRequestRate: 200_000,
  /** Bytes of a request body whose length is announced. */
  requestBody: 1_073_741_824,
  /** Seconds for a TLS handshake. */
  handshakeSeconds: 10,
  /** Seconds that a request body may stand still. */
  bodySilenceSeconds: 30,
};
export type Limits = typeof LIMITS;

/** Connections of one front to one upstream: four times what one tenant may have, for an upstream is shared by many. */
export const UPSTREAM_CONNECTIONS = 4_000;

/** HAProxy 2.6 has three counters for a request, later ones as many as they are told. */
const countsPairs = ({ version }: HaproxyBuild): boolean => atLeast(version, 3, 0);
/** `timeout client-hs`, and `set-timeout client` for one request. */
const tellsSilencesApart = ({ version }: HaproxyBuild): boolean => atLeast(version, 3, 0);

/** For the `global` section. */
export const counterSettings = (build: HaproxyBuild): string[] => (countsPairs(build) ? ["tune.stick-counters 5"] : []);

/** What the counters count in: backends by name, each with one table. */
export function counterTables(build: HaproxyBuild): Record<string, string> {
  return {
    sources: "type ipv6 size 200k expire 1m store conn_cur,conn_rate(10s)",
    requesters: "type ipv6 size 200k expire 1m store conn_cur,http_req_rate(10s)",
    ...(countsPairs(build) && {
      pairs: "type string len 300 size 100k expire 1m store conn_cur,http_req_rate(10s)",
    }),
    tenants: "type string len 253 size 200k expire 1m store conn_cur,http_req_rate(10s)",
    [GUESTS]: guestTable,
  };
}

/** Connections over the limit are refused before they cost a handshake. 127.0.0.1 is the agent, and a load balancer of the local stack. */
export const connectionLimits = (limits: Limits): string[] => [
  "acl this_machine src 127.0.0.1",
  "tcp-request connection track-sc0 src table sources unless this_machine",
  `tcp-request connection reject if { sc0_conn_cur gt ${limits.sourceConnections} }`,
  `tcp-request connection reject if { sc0_conn_rate gt ${limits.sourceConnectionRate} }`,
];

/** How long an unfinished handshake may take. Before HAProxy 3.0 that is as long as any silence. */
export const handshakeTimeout = (limits: Limits, build: HaproxyBuild): string[] =>
  tellsSilencesApart(build) ? [`timeout client-hs ${limits.handshakeSeconds}s`] : [];

/** A client whose request body is unfinished is waited for this long; one that does not read an answer may be a person, or a poor line. */
export const clientTimeout = (limits: Limits, build: HaproxyBuild): string =>
  `timeout client ${tellsSilencesApart(build) ? `${limits.bodySilenceSeconds}s` : SILENCE}`;

/** Once the answer has begun. Before HAProxy 3.0 both silences are one. */
export const answerTimeout = (build: HaproxyBuild): string[] =>
  tellsSilencesApart(build) ? [`http-response set-timeout client ${SILENCE}`] : [];

/** For every request, before anything is known of it. */
export const sourceLimits = (limits: Limits): string[] => [
  "http-request track-sc2 src table requesters unless this_machine",
  `http-request deny deny_status 429 if { sc2_conn_cur gt ${limits.sourceConcurrency} } or { sc2_http_req_rate gt ${limits.sourceRequestRate} }`,
];

/**
 * Who came with a client certificate is counted among the guests. HAProxy 2.6 has no counter to spare for it: there such a request is
 * not under its tenant's limits, which are the last guard, but under its source's alone.
 */
export const guestCounter = (build: HaproxyBuild): number => (countsPairs(build) ? 4 : 1);

/** Needs `txn.tenant`. What a source is refused does not count as its tenant's. */
export function tenantLimits(limits: Limits, build: HaproxyBuild): string[] {
  const pairs = [
    "http-request set-var(txn.pair) src,concat(|,txn.tenant)",
    "http-request track-sc3 var(txn.pair) table pairs unless this_machine",
    `http-request deny deny_status 429 if { sc_conn_cur(3) gt ${limits.sourceTenantConcurrency} } or { sc_http_req_rate(3) gt ${limits.sourceTenantRequestRate} }`,
  ];
  return [
    ...(countsPairs(build) ? pairs : []),
    "http-request track-sc1 var(txn.tenant) table tenants",
    `http-request deny deny_status 429 if { sc1_conn_cur gt ${limits.tenantConcurrency} } or { sc1_http_req_rate gt ${limits.tenantRequestRate} }`,
    `http-request deny deny_status 413 if { req.body_size gt ${limits.requestBody} }`,
    // A length from 2^63 on is below zero to HAProxy, and perhaps to an upstream.
    "http-request deny deny_status 413 if { req.fhdr(content-length) -m found } !{ req.fhdr(content-length) -m reg ^[0-9]{1,15}$ }",
  ];
}

/** Silence, not duration: a download may take a day, and a server may think for ten minutes. */
export const SILENCE = "10m";
