import { atLeast, type HaproxyBuild } from "./haproxy-build";

/** A name or an address, at most with a port; what is left of it is looked up in the policy map. */
const HOST = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\\.?(:[1-9][0-9]{0,4})?$";

/** RFC 9110 §7.6.1: about this connection, not about the request. `Proxy` is no header at all but CGI's HTTP_PROXY. */
const OF_THIS_HOP = [
  "connection",
  "upgrade",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "trailer",
  "proxy",
];

/** The same of an answer, whose trailers are gRPC's. */
const OF_ITS_HOP = ["connection", "upgrade", "keep-alive", "proxy-connection"];

/**
 * What a client sends is for this hop until shown otherwise: first in both frontends. Leaves `txn.host`, the one name that
 * everything behind is told.
 */
export const requestRules: readonly string[] = [
  // An upstream that accepts CONNECT would turn its connection into a tunnel past every rule; TRACE shows what the front adds.
  "http-request deny deny_status 405 if { method CONNECT TRACE }",
  // RFC 9112 §3.2: one Host. `req.fhdr` is the whole header, where `req.hdr` would be what stands after its last comma.
  "http-request deny deny_status 400 unless { req.fhdr_cnt(host) eq 1 }",
  `http-request deny deny_status 400 unless { req.fhdr(host) -m reg -i '${HOST}' }`,
  "http-request set-var(txn.host) req.fhdr(host),host_only,lower,rtrim(.)",
  // RFC 9112 §3.2.2: a server takes the absolute form, and passes on the origin form. h2 requests have it by nature.
  "acl absolute_form url -m reg -i ^https?://",
  "http-request deny deny_status 400 unless { url_beg / } or { url -m str * } or absolute_form",
  "http-request set-uri %[pathq] if absolute_form",
  // RFC 9110 §7.8: the only protocol that a tunnel may be opened for. From h2 it comes as the same header (RFC 8441).
  "http-request set-var(txn.websocket) bool(true) if { method GET } { req.fhdr_cnt(upgrade) eq 1 } { req.fhdr(upgrade) -i -m str websocket }",
  "http-request set-var(txn.trailers) bool(true) if { req.hdr(te) -i -m str trailers }",
  ...OF_THIS_HOP.map((name) => `http-request del-header ${name}`),
  "http-request del-header expect unless { req.fhdr_cnt(expect) eq 1 } { req.fhdr(expect) -i -m str 100-continue }",
  "acl websocket var(txn.websocket) -m bool",
  "http-request set-header Connection Upgrade if websocket",
  "http-request set-header Upgrade websocket if websocket",
  // gRPC asks for it.
  "http-request set-header TE trailers if { var(txn.trailers) -m bool }",
  // Whatever an upstream says: no tunnel that was not asked for.
  "http-response deny deny_status 502 if { status 101 } !websocket",
  // Nor what an upstream says about its own hop: Apache offers h2c with every answer.
  ...OF_ITS_HOP.map((name) => `http-response del-header ${name} unless websocket`),
];

/** Lines of the `defaults` section. Before HAProxy 3.2 request trailers pass unchanged (docs/attacks.md). */
export function requestOptions({ version }: HaproxyBuild): string[] {
  return [
    // X_SSL_CLIENT_DN is X-SSL-Client-DN to a CGI-style upstream: a header that could forge ours never passes.
    "option http-restrict-req-hdr-names delete",
    ...(atLeast(version, 3, 2) ? ["option http-drop-request-trailers"] : []),
  ];
}

/**
 * A path of plain segments: no empty one, none that begins with two dots or ends in one, no `;` or `\`, and of the encoded characters
 * only those that no server folds into a path's own. Anything else may name another path to the upstream than it does here.
 */
const OCTET =
  "%(20|2[bc]|3[ad]|40|5[bd]|c[2-9a-f]%[89ab][0-9a-f]|d[0-9a-f]%[89ab][0-9a-f]|e[1-9a-e](%[89ab][0-9a-f]){2})";
export const PLAIN_PATH = `^(/(\\.?([a-z0-9_~!&()*+,=:@-]|${OCTET}))+)*/?$`;
