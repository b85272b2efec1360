import { CHALLENGE_PATH, keyAuthorization, TOKEN_SYNTAX } from "../core/ca/challenge";
import type { HaproxyBuild } from "./haproxy-build";
import { guestRules } from "./haproxy-guests";
import { clientCertificateHeaders, clientCertificateRules, connectionTime, forwardedHeaders } from "./haproxy-headers";
import {
  answerTimeout,
  clientTimeout,
  connectionLimits,
  counterSettings,
  counterTables,
  guestCounter,
  handshakeTimeout,
  LIMITS,
  type Limits,
  SILENCE,
  sourceLimits,
  tenantLimits,
} from "./haproxy-limits";
import { errorPages, ownPage, pageRules, WAITING_PAGES, welcomePage } from "./haproxy-pages";
import { PLAIN_PATH, requestOptions, requestRules } from "./haproxy-requests";
import { tlsOptions } from "./haproxy-tls";
import { type FrontPaths, type FrontSettings, frontPaths } from "./settings";

/** Upstreams are spread over this many backends, because HAProxy finds a server in its backend by walking a list. */
export const UPSTREAM_BACKENDS = 16;
/** The frontend of :443. */
export const HTTPS = "https";
/** A `server` line's arguments after its name; the same words as in `add server` at run time. */
export interface UpstreamServer {
  readonly backend: string;
  readonly name: string;
  readonly args: string;
}

/**
 * All of haproxy.cfg. Nothing here names a tenant but the upstreams' server lines, which matter at a start of HAProxy only: at
 * run time all of a tenant comes and goes by the maps, the crt-list and `add server`.
 * @param build the HAProxy it is for: what only newer ones know is left out for older ones
 */
export function haproxyConfig(
  settings: FrontSettings,
  build: HaproxyBuild,
  upstreams: readonly UpstreamServer[] = [],
  limits: Limits = LIMITS,
): string {
  const paths = frontPaths(settings);
  return [
    `# Written by certfront's agent for HAProxy ${build.version} on ${build.tls}; changes made by hand are lost.`,
    section("global", globalLines(settings, build)),
    section("defaults front", defaultLines(paths, limits, build)),
    ...Object.entries(counterTables(build)).map(([name, table]) =>
      section(`backend ${name} from front`, [`stick-table ${table}`]),
    ),
    section("frontend http from front", httpLines(settings, paths, limits, build)),
    section(`frontend ${HTTPS} from front`, httpsLines(settings, paths, limits, build)),
    section("frontend health from front", healthLines(settings, paths)),
    ...Array.from({ length: UPSTREAM_BACKENDS }, (_, index) =>
      section(`backend u${index} from front`, upstreamBackend(`u${index}`, upstreams)),
    ),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function globalLines(settings: FrontSettings, build: HaproxyBuild): string[] {
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
    ...counterSettings(build),
  ];
}

const defaultLines = (paths: FrontPaths, limits: Limits, build: HaproxyBuild): string[] => [
  "mode http",
  "log global",
  "option httplog",
  "option dontlog-normal",
  "option dontlognull",
  ...requestOptions(build),
  ...errorPages(paths),
  "timeout http-request 10s",
  "timeout http-keep-alive 60s",
  "timeout connect 5s",
  "timeout queue 10s",
  clientTimeout(limits, build),
  `timeout server ${SILENCE}`,
  "timeout client-fin 30s",
  "timeout tunnel 1h",
  "retries 2",
];

/** Reads the tenant's policy (front/agent/policy.ts has the fields). */
function tenantOfHost(paths: FrontPaths, limits: Limits): string[] {
  return [
    ...sourceLimits(limits),
    `http-request set-var(txn.policy) var(txn.host),map_str(${paths.policyMap})`,
    ownPage(paths, "421", "unless { var(txn.policy) -m found }"),
    "http-request set-var(txn.tenant) var(txn.policy),field(1,|)",
    "http-request set-var(txn.http) var(txn.policy),field(2,|)",
    "http-request set-var(txn.client_certificates) var(txn.policy),field(4,|)",
    "http-request set-var(txn.server) var(txn.policy),field(5,|)",
  ];
}

const TO_UPSTREAM = "use_backend %[var(txn.server),field(1,-)]";

/**
 * HTTP-01 (RFC 8555 §8.3): answered here for every token and whatever the host, with no other part in the way. The answer is of use
 * to nobody but the holder of the account's key.
 */
const challenges = (thumbprint: string): string[] => [
  "acl read method GET HEAD",
  `acl challenge path_beg ${CHALLENGE_PATH}`,
  `acl token path -m reg ^${CHALLENGE_PATH.replaceAll(".", "\\.")}${TOKEN_SYNTAX}$`,
  "http-request deny deny_status 413 if challenge { req.hdr(content-length) -m int gt 0 } or challenge { req.hdr(transfer-encoding) -m found }",
  `http-request return status 200 content-type application/octet-stream lf-string ${keyAuthorization("%[path,field(-1,/)]", thumbprint)} hdr cache-control no-store if token read`,
  "http-request deny deny_status 404 if challenge",
];

function httpLines(settings: FrontSettings, paths: FrontPaths, limits: Limits, build: HaproxyBuild): string[] {
  return [
    `bind ${settings.bind}:${settings.httpPort}`,
    // h2 without TLS is nothing that a browser speaks, and would need its own rules.
    "option disable-h2-upgrade",
    ...connectionLimits(limits),
    ...pageRules,
    // For any host: a CA asks for the name, whatever it is to us.
    ...challenges(settings.thumbprint),
    ...requestRules,
    ...tenantOfHost(paths, limits),
    ...tenantLimits(limits, build),
    ...answerTimeout(build),
    // No certificate yet: a redirect would lead into a refused handshake.
    ...Object.entries(WAITING_PAGES).map(([mode, page]) =>
      ownPage(paths, "503", `if { var(txn.http) -m str ${mode} }`, page),
    ),
    "http-request set-var(txn.path) path",
    // A path that an upstream may fold into another one is no exception.
    `acl plain_path path -m reg -i '${PLAIN_PATH}'`,
    `acl excepted var(txn.host),concat(,txn.path),map_beg(${paths.exceptionMap}) -m found`,
    "acl redirects var(txn.http) -m str r",
    "acl redirects_but var(txn.http) -m str x",
    "http-request redirect location https://%[var(txn.host)]%[pathq] code 301 if read redirects",
    "http-request redirect location https://%[var(txn.host)]%[pathq] code 308 if redirects",
    ...["301 if read", "308 if"].flatMap((code) => [
      `http-request redirect location https://%[var(txn.host)]%[pathq] code ${code} redirects_but !excepted`,
      `http-request redirect location https://%[var(txn.host)]%[pathq] code ${code} redirects_but !plain_path`,
    ]),
    // RFC 6797 §7.2: never over plain HTTP, whoever says it.
    "http-after-response del-header Strict-Transport-Security",
    welcomePage(paths),
    ...forwardedHeaders("http", 80),
    TO_UPSTREAM,
  ];
}

function httpsLines(settings: FrontSettings, paths: FrontPaths, limits: Limits, build: HaproxyBuild): string[] {
  return [
    [
      `bind ${settings.bind}:${settings.httpsPort} ssl crt-list ${paths.crtList} strict-sni alpn h2,http/1.1`,
      `tls-ticket-keys ${paths.ticketKeys} ${tlsOptions(build)}`,
    ].join(" "),
    ...handshakeTimeout(limits, build),
    connectionTime,
    ...connectionLimits(limits),
    ...pageRules,
    // A CA comes here where a redirect led it.
    ...challenges(settings.thumbprint),
    ...requestRules,
    ...tenantOfHost(paths, limits),
    // One connection may ask for several names (RFC 9110 §7.4): only those of the tenant whose handshake it was.
    `http-request set-var(txn.sni_tenant) ssl_fc_sni,lower,map_str(${paths.policyMap}),field(1,|)`,
    ownPage(paths, "421", "unless { var(txn.tenant),strcmp(txn.sni_tenant) eq 0 }"),
    ...clientCertificateRules(paths),
    // Whoever was refused is no guest, and does not count as the tenant's.
    ...guestRules(guestCounter(build)),
    ...tenantLimits(limits, build),
    ...answerTimeout(build),
    'http-request set-var(txn.hsts) var(txn.policy),field(3,|),regsub(_,"; ",g) unless { var(txn.policy),field(3,|) -m str -- - }',
    "http-after-response set-header Strict-Transport-Security %[var(txn.hsts)] if { var(txn.hsts) -m found }",
    welcomePage(paths),
    ...forwardedHeaders("https", 443),
    ...clientCertificateHeaders,
    TO_UPSTREAM,
  ];
}

function healthLines(settings: FrontSettings, paths: FrontPaths): string[] {
  return [
    `bind ${settings.bind}:${settings.healthPort}`,
    "option dontlog-normal",
    `acl ready str(ready),map_str(${paths.readyMap}) -m str 1`,
    'http-request return status 200 content-type text/plain string "ready\\n" if { path /healthz } ready',
    'http-request return status 503 content-type text/plain string "not yet loaded\\n" if { path /healthz }',
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
