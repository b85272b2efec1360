import { CHALLENGE_PATH, keyAuthorization, TOKEN_SYNTAX } from "../core/ca/challenge";
import { clientCertificateHeaders, clientCertificateRules, forwardedHeaders } from "./haproxy-headers";
import { type FrontPaths, type FrontSettings, frontPaths } from "./settings";

/** Upstreams are spread over this many backends, because HAProxy finds a server in its backend by walking a list. */
export const UPSTREAM_BACKENDS = 16;
/** More than that at one moment, and one tenant or one source would take what its neighbours need. */
export const LIMITS = {
  sourceConnections: 1_000,
  /** New connections in 10 s. */
  sourceConnectionRate: 2_000,
  tenantConcurrency: 2_000,
  /** Requests in 10 s. */
  tenantRequestRate: 20_000,
  /** Bytes of a request body whose length is announced. */
  requestBody: 1_073_741_824,
};
export type Limits = typeof LIMITS;

/** A `server` line's arguments after its name; the same words as in `add server` at run time. */
export interface UpstreamServer {
  readonly backend: string;
  readonly name: string;
  readonly args: string;
}

/**
 * All of haproxy.cfg. Nothing here names a tenant but the upstreams' server lines, which matter at a start of HAProxy only: at
 * run time all of a tenant comes and goes by the maps, the crt-list and `add server`.
 * @param version HAProxy's, such as `3.0.11`
 */
export function haproxyConfig(
  settings: FrontSettings,
  version: string,
  upstreams: readonly UpstreamServer[] = [],
  limits: Limits = LIMITS,
): string {
  const paths = frontPaths(settings);
  return [
    `# Written by certfront's agent for HAProxy ${version}; changes made by hand are lost.`,
    section("global", globalLines(settings)),
    section("http-errors certfront", errorFiles(paths)),
    section("defaults front", defaultLines),
    section("backend sources from front", ["stick-table type ipv6 size 200k expire 1m store conn_cur,conn_rate(10s)"]),
    section("backend tenants from front", [
      "stick-table type string len 253 size 200k expire 1m store conn_cur,http_req_rate(10s)",
    ]),
    section("frontend http from front", httpLines(settings, paths, limits)),
    section("frontend https from front", httpsLines(settings, paths, limits)),
    section("frontend health from front", healthLines(settings, paths)),
    ...Array.from({ length: UPSTREAM_BACKENDS }, (_, index) =>
      section(`backend u${index} from front`, upstreamBackend(`u${index}`, upstreams)),
    ),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function globalLines(settings: FrontSettings): string[] {
  return [
    "log stdout format raw daemon notice",
    // The agent takes these on to CloudWatch (agent/haproxy-log.ts): UDP, so the port of the health checks is free for it.
    `log 127.0.0.1:${settings.healthPort} format raw daemon notice`,
    // The agent is another user than HAProxy, in its group.
    `stats socket ${settings.socket} mode 660${settings.group ? ` group ${settings.group}` : ""} level admin expose-fd listeners`,
    "stats timeout 1d",
    ...(settings.user ? [`user ${settings.user}`] : []),
    ...(settings.group ? [`group ${settings.group}`] : []),
    // maxconn follows from this and the system's limit, so that a small limit never keeps HAProxy from starting.
    "fd-hard-limit 60000",
    "spread-checks 20",
    // A reload, should a package upgrade need one, lets downloads finish.
    "hard-stop-after 1h",
    "ssl-server-verify required",
    // Sessions are resumed by ticket, at whichever front; a cache of this one's own would cost work in every handshake.
    "tune.ssl.cachesize 0",
    "tune.ssl.lifetime 3600",
  ];
}

const errorFiles = (paths: FrontPaths): string[] =>
  [500, 502, 503, 504].map((status) => `errorfile ${status} ${paths.pages}/${status}.http`);

const defaultLines = [
  "mode http",
  "log global",
  "option httplog",
  "option dontlog-normal",
  "option dontlognull",
  // X_SSL_CLIENT_DN is X-SSL-Client-DN to a CGI-style upstream: a header that could forge ours never passes.
  "option http-restrict-req-hdr-names delete",
  "errorfiles certfront",
  "timeout http-request 10s",
  "timeout http-keep-alive 60s",
  "timeout connect 5s",
  "timeout queue 10s",
  // Silence, not duration: a download may take a day, and a server may think for ten minutes.
  "timeout client 10m",
  "timeout server 10m",
  "timeout client-fin 30s",
  "timeout tunnel 1h",
  "retries 2",
];

/** Connections over the limit are refused before they cost a handshake. 127.0.0.1 is the agent, and a load balancer of the local stack. */
const sourceLimit = (limits: Limits): string[] => [
  "tcp-request connection track-sc0 src table sources unless { src 127.0.0.1 }",
  `tcp-request connection reject if { sc0_conn_cur gt ${limits.sourceConnections} }`,
  `tcp-request connection reject if { sc0_conn_rate gt ${limits.sourceConnectionRate} }`,
];

/** Reads the tenant's policy (front/agent/policy.ts has the fields) and applies the limits every request is under. */
function tenantOfHost(paths: FrontPaths, limits: Limits): string[] {
  return [
    "http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)",
    `http-request set-var(txn.policy) var(txn.host),map_str(${paths.policyMap})`,
    `http-request return status 421 content-type "text/html; charset=utf-8" file ${paths.pages}/421.html unless { var(txn.policy) -m found }`,
    "http-request set-var(txn.tenant) var(txn.policy),field(1,|)",
    "http-request set-var(txn.http) var(txn.policy),field(2,|)",
    "http-request set-var(txn.client_certificates) var(txn.policy),field(4,|)",
    "http-request set-var(txn.server) var(txn.policy),field(5,|)",
    "http-request track-sc1 var(txn.tenant) table tenants",
    `http-request deny deny_status 429 if { sc1_conn_cur gt ${limits.tenantConcurrency} }`,
    `http-request deny deny_status 429 if { sc1_http_req_rate gt ${limits.tenantRequestRate} }`,
    `http-request deny deny_status 413 if { req.body_size gt ${limits.requestBody} }`,
  ];
}

/** A page of ours loads nothing and belongs in no frame. What an upstream sends is its own affair. */
const OWN_PAGE_HEADERS = [
  "Content-Security-Policy \"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\"",
  "X-Content-Type-Options nosniff",
  "X-Frame-Options DENY",
  "Referrer-Policy no-referrer",
]
  .map((header) => `hdr ${header}`)
  .join(" ");

const welcomePage = (paths: FrontPaths): string =>
  `http-request return status 200 content-type "text/html; charset=utf-8" file ${paths.pages}/welcome.html ${OWN_PAGE_HEADERS} if { var(txn.server) -m str -- - }`;

const TO_UPSTREAM = "use_backend %[var(txn.server),field(1,-)]";

/**
 * HTTP-01 (RFC 8555 §8.3): answered here for every token and whatever the host, with no other part in the way. The answer is of use
 * to nobody but the holder of the account's key.
 */
const challenges = (thumbprint: string): string[] => [
  "acl read method GET HEAD",
  `acl challenge path_beg ${CHALLENGE_PATH}`,
  `acl token path -m reg ^${CHALLENGE_PATH.replaceAll(".", "\\.")}${TOKEN_SYNTAX}$`,
  `http-request return status 200 content-type application/octet-stream lf-string ${keyAuthorization("%[path,field(-1,/)]", thumbprint)} hdr cache-control no-store if token read`,
  "http-request deny deny_status 404 if challenge",
];

function httpLines(settings: FrontSettings, paths: FrontPaths, limits: Limits): string[] {
  return [
    `bind ${settings.bind}:${settings.httpPort}`,
    ...sourceLimit(limits),
    ...challenges(settings.thumbprint),
    ...tenantOfHost(paths, limits),
    // No certificate yet: a redirect would lead into a refused handshake.
    `http-request return status 503 content-type "text/html; charset=utf-8" file ${paths.pages}/waiting.html hdr retry-after 30 if { var(txn.http) -m str w }`,
    "http-request set-var(txn.path) path",
    // A path that an upstream may fold into another one is no exception.
    "acl folding_path path -m reg -i (//|/\\.\\.?(/|$)|%2[ef])",
    `acl excepted var(txn.host),concat(,txn.path),map_beg(${paths.exceptionMap}) -m found`,
    "acl redirects var(txn.http) -m str r",
    "acl redirects_but var(txn.http) -m str x",
    "http-request redirect location https://%[var(txn.host)]%[pathq] code 301 if read redirects",
    "http-request redirect location https://%[var(txn.host)]%[pathq] code 308 if redirects",
    ...["301 if read", "308 if"].flatMap((code) => [
      `http-request redirect location https://%[var(txn.host)]%[pathq] code ${code} redirects_but !excepted`,
      `http-request redirect location https://%[var(txn.host)]%[pathq] code ${code} redirects_but folding_path`,
    ]),
    welcomePage(paths),
    ...forwardedHeaders("http", 80),
    TO_UPSTREAM,
  ];
}

function httpsLines(settings: FrontSettings, paths: FrontPaths, limits: Limits): string[] {
  return [
    [
      `bind ${settings.bind}:${settings.httpsPort} ssl crt-list ${paths.crtList} strict-sni alpn h2,http/1.1`,
      `tls-ticket-keys ${paths.ticketKeys} ssl-min-ver TLSv1.2 curves X25519:P-256:P-384`,
      `ciphers ${TLS12_CIPHERS} ciphersuites ${TLS13_CIPHERS}`,
    ].join(" "),
    ...sourceLimit(limits),
    // A CA comes here where a redirect led it.
    ...challenges(settings.thumbprint),
    ...tenantOfHost(paths, limits),
    // One connection may ask for several names (RFC 9110 §7.4): only those of the tenant whose handshake it was.
    `http-request set-var(txn.sni_tenant) ssl_fc_sni,lower,map_str(${paths.policyMap}),field(1,|)`,
    `http-request return status 421 content-type "text/html; charset=utf-8" file ${paths.pages}/421.html unless { var(txn.tenant),strcmp(txn.sni_tenant) eq 0 }`,
    ...clientCertificateRules,
    'http-request set-var(txn.hsts) var(txn.policy),field(3,|),regsub(_,"; ",g) unless { var(txn.policy),field(3,|) -m str -- - }',
    "http-after-response set-header Strict-Transport-Security %[var(txn.hsts)] if { var(txn.hsts) -m found }",
    welcomePage(paths),
    ...forwardedHeaders("https", 443),
    ...clientCertificateHeaders,
    TO_UPSTREAM,
  ];
}

const TLS12_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");
const TLS13_CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

function healthLines(settings: FrontSettings, paths: FrontPaths): string[] {
  return [
    `bind ${settings.bind}:${settings.healthPort}`,
    "option dontlog-normal",
    `acl ready str(ready),map_str(${paths.readyMap}) -m str 1`,
    'http-request return status 200 content-type text/plain string "ready\\n" if { path /healthz } ready',
    'http-request return status 503 content-type text/plain string "not yet loaded\\n" if { path /healthz }',
    "http-request use-service prometheus-exporter if { path /metrics }",
    "http-request deny deny_status 404",
  ];
}

/**
 * Every server has weight 0, so load balancing never picks one: a request whose own server is down or unknown gets 503 and never
 * reaches another tenant's.
 */
function upstreamBackend(name: string, upstreams: readonly UpstreamServer[]): string[] {
  return [
    "balance roundrobin",
    "use-server %[var(txn.server)] if TRUE",
    // Never used; it loads the system's CAs, which a server added at run time can name but not load.
    "server cas 127.0.0.1:9 disabled weight 0 ssl verify required ca-file @system-ca",
    ...upstreams.filter((one) => one.backend === name).map((one) => `server ${one.name} ${one.args}`),
  ];
}
